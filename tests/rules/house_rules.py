"""The project's own rules as checks of the syntax tree. `# rule: <name> <reason>` on the line lets one place off.

Rules: commit (only the kit commits), clock (one clock), select (SELECTs live in queries.py), size (modules and
functions), unfinished (nothing left for later).
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAX_MODULE, MAX_FUNCTION = 400, 60
UNFINISHED = re.compile(r"#.*\b(TODO|FIXME|XXX|HACK)\b")
SOURCES = ("shared/*/src", "services/*/src", "gateway/src", "deploy/*/src")


def findings(path: Path, text: str) -> Iterator[tuple[int, str, str]]:
    """(line, rule, what is wrong) of one module; `path` is relative to the repository."""
    tree = ast.parse(text)
    lines = text.splitlines()
    if len(lines) > MAX_MODULE:
        yield 1, "size", f"{len(lines)} lines, {MAX_MODULE} at most"
    for number, line in enumerate(lines, 1):
        if UNFINISHED.search(line):
            yield number, "unfinished", "left for later"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            size = (node.end_lineno or node.lineno) - node.lineno + 1
            if size > MAX_FUNCTION:
                yield node.lineno, "size", f"{node.name} has {size} lines, {MAX_FUNCTION} at most"
        elif isinstance(node, ast.Call):
            yield from _calls(path, node)


def _calls(path: Path, node: ast.Call) -> Iterator[tuple[int, str, str]]:
    place = path.parts
    if place[0] == "deploy" or "migrations" in place:
        return
    if isinstance(node.func, ast.Attribute):
        name = node.func.attr
        if name == "commit" and place[:2] != ("shared", "kit"):
            yield node.lineno, "commit", "only the kit commits"
        dated = name in {"now", "utcnow", "today"} and _last_name(node.func.value) in {
            "datetime",
            "date",
            "dt",
        }
        if dated and path.name != "clock.py":
            yield node.lineno, "clock", "ask nmo_kit.clock"
    selects = isinstance(node.func, ast.Name) and node.func.id == "select" and place[0] == "services"
    if selects and path.name not in {"queries.py", "seed.py"}:
        yield node.lineno, "select", "SELECTs live in queries.py"


def _last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def check(path: Path, text: str) -> list[str]:
    """Findings as printable lines, without those let off by their line's comment."""
    lines = text.splitlines()
    return [
        f"{path}:{line}: {rule}: {what}"
        for line, rule, what in findings(path, text)
        if f"# rule: {rule} " not in (lines[line - 1] if lines else "")
    ]


def main() -> int:
    """Check every module of the product; 1 when something is found."""
    found: list[str] = []
    for pattern in SOURCES:
        for folder in sorted(ROOT.glob(pattern)):
            for file in sorted(folder.rglob("*.py")):
                found += check(file.relative_to(ROOT), file.read_text())
    for line in found:
        print(line)  # noqa: T201 a command's output
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
