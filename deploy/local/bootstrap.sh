#!/usr/bin/env bash
# Installs uv into .local/, then all packages of the lock file and the page assets. Needs Python 3.11, nothing else.
set -euo pipefail
cd "$(dirname "$0")/../.."
mkdir -p .local
home=.local/bootstrap
python=${PYTHON:-}
if [ -z "$python" ]; then
  for name in python3.11 python3; do
    if command -v "$name" >/dev/null && "$name" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))'; then
      python=$name
      break
    fi
  done
fi
[ -n "$python" ] || { echo "Python 3.11 is not installed. On Debian 12: apt-get install python3 python3-venv" >&2; exit 1; }

if [ ! -x "$home/bin/uv" ]; then
  echo "  · installing uv"
  if ! "$python" -m venv "$home" >.local/bootstrap.log 2>&1; then
    # Debian keeps venv's pip in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
      (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3-venv) >>.local/bootstrap.log 2>&1
      rm -rf "$home" && "$python" -m venv "$home"
    else
      echo "Python's venv module is missing. Install it: apt-get install python3-venv" >&2
      exit 1
    fi
  fi
  "$home/bin/pip" install --quiet --disable-pip-version-check 'uv>=0.13,<0.14'
fi
echo "  · installing packages from the lock file"
"$home/bin/uv" sync --quiet --locked --all-packages --group dev --python "$python" --compile-bytecode
if ! command -v npm >/dev/null; then
  "$home/bin/uv" sync --quiet --locked --all-packages --group dev --group assets --python "$python" --compile-bytecode
fi
echo "  · fetching page assets"
"$home/bin/uv" run --no-sync python -m nmo_gateway.assets
