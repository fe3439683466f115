"""Start of one supervised process: reads its settings file and becomes the program."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path


def main() -> None:
    """`python -m nmo_local.launch ENVIRONMENT.json PROGRAM ARGUMENT…`."""
    environment_file, *command = sys.argv[1:]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NMO_")}
    if "NMO_FAILPOINT" in os.environ:
        kept["NMO_FAILPOINT"] = os.environ["NMO_FAILPOINT"]
    os.execve(command[0], command, {**kept, **json.loads(Path(environment_file).read_text())})  # noqa: S606 our own


if __name__ == "__main__":
    main()
