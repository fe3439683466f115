#!/usr/bin/env bash
# All tests, in three runs side by side: the screens keep a browser busy, the packages their databases, and the whole
# system mostly waits for itself. The last one is shown as it goes, the others when they have ended.
set -uo pipefail
cd "$(dirname "$0")/.."
reports=.local/reports
mkdir -p "$reports"
declare -A pids
pytest() { .venv/bin/python -m pytest -q "$@"; }
beside() {
  local name=$1
  shift
  pytest "$@" >"$reports/$name.log" 2>&1 &
  pids[$name]=$!
}
trap 'kill "${pids[@]}" 2>/dev/null' INT TERM

beside screens -m "browser and not e2e" tests/browser
beside packages -m "not browser" shared services gateway deploy
pytest -m "not browser or e2e" tests
failed=$?
for name in screens packages; do
  wait "${pids[$name]}"
  ended=$?
  echo
  echo "$name, run beside the tests above:"
  if [ "$ended" -eq 0 ]; then tail -n 1 "$reports/$name.log"; else cat "$reports/$name.log"; fi
  failed=$((failed | ended))
done
[ "$failed" -eq 0 ]
