"""Nothing secret in the repository: no private keys, tokens or passwords."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATTERNS = {
    "private key": re.compile(r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s*\n\s*[A-Za-z0-9+/]{40}"),
    "token": re.compile(r"\beyJ[A-Za-z0-9_-]{20,}\.eyJ[A-Za-z0-9_-]{20,}\.[A-Za-z0-9_-]{40,}"),
    "password in an address": re.compile(r"(?:postgresql|amqp)://[a-z_-]+:[A-Za-z0-9_-]{20,}@"),
}
SKIP = {"uv.lock", "package-lock.json"}


def scan(text: str) -> list[str]:
    """Names of what was found in one text."""
    return [name for name, pattern in PATTERNS.items() if pattern.search(text)]


def main() -> int:
    """Scan every tracked text file; 1 when something is found."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout
    status = 0
    for name in filter(None, listed.decode().split("\0")):
        path = ROOT / name
        if path.name in SKIP or not path.is_file():
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        for found in scan(text):
            print(f"{name}: {found}")  # noqa: T201 a command's output
            status = 1
    return status


if __name__ == "__main__":
    sys.exit(main())
