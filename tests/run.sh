#!/usr/bin/env bash
# All tests. The screens keep a browser busy and the rest mostly waits for servers, so both go side by side;
# the browser's journey over the whole system stays with the rest, because processes are killed there.
set -uo pipefail
cd "$(dirname "$0")/.."
mkdir -p .local/reports
screens=.local/reports/screens.log
pytest() { .venv/bin/python -m pytest -q "$@"; }

pytest -m "browser and not e2e" tests/browser >"$screens" 2>&1 &
pid=$!
trap 'kill "$pid" 2>/dev/null' INT TERM
pytest -m "not browser or e2e"
rest=$?
wait "$pid"
seen=$?
echo
echo "Screens, run beside the tests above:"
if [ "$seen" -eq 0 ]; then tail -n 1 "$screens"; else cat "$screens"; fi
[ "$rest" -eq 0 ] && [ "$seen" -eq 0 ]
