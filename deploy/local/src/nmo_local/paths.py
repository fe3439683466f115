"""Where things lie: the checkout and its `.local/` folder, which holds all state of the local system."""

from __future__ import annotations

import os
from pathlib import Path


def checkout() -> Path:
    """Root of the repository: the folder that holds `uv.lock`."""
    start = Path(os.environ.get("NMO_ROOT", Path.cwd())).resolve()
    for folder in (start, *start.parents):
        if (folder / "uv.lock").exists() and (folder / "services").is_dir():
            return folder
    msg = "Run this from inside the repository"
    raise SystemExit(msg)


ROOT = checkout()
LOCAL = ROOT / ".local"
SECRETS = LOCAL / "secrets"
ENV = LOCAL / "env"
LOGS = LOCAL / "log"
DEMO_JSON = LOCAL / "demo.json"
PACKAGES = LOCAL / "packages"
"""Unpacked Debian packages, where nobody may install them."""
