"""What the local tool tells people: short lines with marks, on one console."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False, soft_wrap=not sys.stdout.isatty())


def say(text: str) -> None:
    """One line of what is going on."""
    console.print(f"  [dim]·[/] {text}")


@contextmanager
def step(title: str) -> Iterator[None]:
    """Tell that a step began, and how long it took."""
    started = time.monotonic()
    if console.is_terminal:
        with console.status(title):
            yield
    else:
        yield
    console.print(f"  [green]✓[/] {title} [dim]{time.monotonic() - started:.1f} s[/]")


def fail(text: str) -> None:
    """Tell a failure."""
    console.print(f"  [red]✗[/] {text}")
