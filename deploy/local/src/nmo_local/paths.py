"""Where things lie: the checkout and its `.local/` folder, which holds all state of the local system.

`NMO_LOCAL` names another folder for the state and `NMO_PORT_OFFSET` a number that is added to every port, so that a
second system can run beside the first.
"""

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
LOCAL = Path(os.environ.get("NMO_LOCAL") or ROOT / ".local").resolve()
PORT_OFFSET = int(os.environ.get("NMO_PORT_OFFSET") or 0)
SECRETS = LOCAL / "secrets"
ENV = LOCAL / "env"
LOGS = LOCAL / "log"
DEMO_JSON = LOCAL / "demo.json"
PACKAGES = LOCAL / "packages"
"""Unpacked Debian packages, where nobody may install them."""
