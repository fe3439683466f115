#!/usr/bin/env bash
# All tests, in four runs side by side. The whole system's take longest and wait much for themselves: they go first and are
# shown as they go. The services, and the kit with its servers that are stopped and killed, step back for them; the kills,
# then the screens and what stands alone, which keep the processor busy, step back for everybody.
set -muo pipefail
cd "$(dirname "$0")/.."
reports=.local/reports
mkdir -p "$reports"
declare -A pids
kills=tests/chaos/test_short_run.py
# What needs no running system.
alone=(tests/contract tests/size)
pytest() { .venv/bin/python -m pytest -q "$@"; }
beside() {
  local name=$1 behind=$2
  shift 2
  (renice -n "$behind" "$BASHPID" >/dev/null && "$@") >"$reports/$name.log" 2>&1 &
  pids[$name]=$!
}
kills_and_screens() {
  pytest "$kills"
  local failed=$?
  pytest -m "browser and not e2e" tests/browser || failed=1
  pytest "${alone[@]}" || failed=1
  return "$failed"
}
trap 'kill -- "${pids[@]/#/-}" 2>/dev/null; exit 1' INT TERM

beside kills-and-screens 5 kills_and_screens
beside services 2 pytest -m "not browser" services --ignore=services/registry
beside registry-kit-and-gateway 2 pytest -m "not browser" services/registry shared gateway deploy
pytest -m "not browser or e2e" tests --ignore="$kills" "${alone[@]/#/--ignore=}"
failed=$?
for name in kills-and-screens services registry-kit-and-gateway; do
  wait "${pids[$name]}"
  ended=$?
  echo
  echo "$name, run beside the tests above:"
  if [ "$ended" -eq 0 ]; then grep -E "^[0-9]+ passed" "$reports/$name.log"; else cat "$reports/$name.log"; fi
  failed=$((failed | ended))
done
[ "$failed" -eq 0 ]
