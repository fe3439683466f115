"""The kit stays small (decision 0012)."""

from pathlib import Path

BUDGET = 5350
KIT = Path(__file__).resolve().parents[2] / "shared" / "kit" / "src"


def test_kit_keeps_its_line_budget() -> None:
    lines = sum(
        bool(line.strip())
        for file in KIT.rglob("*.py")
        for line in file.read_text(encoding="utf-8").splitlines()
    )
    assert 1000 < lines <= BUDGET, f"{lines} non-blank lines"
