"""`python -m nmo_identity.passwords.building FILE`: write the list anew; the same words give the same bytes."""

from __future__ import annotations

import sys
from pathlib import Path

from nmo_identity.passwords.building.words import built


def main() -> None:
    """Write the sorted prefixes into the named file."""
    Path(sys.argv[1]).write_bytes(built())


if __name__ == "__main__":
    main()
