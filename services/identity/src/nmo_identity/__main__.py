"""`python -m nmo_identity <command>`."""

from __future__ import annotations

from nmo_identity.app import build
from nmo_kit import cli


def main() -> None:
    """Run the command of the command line."""
    cli.main(build)


if __name__ == "__main__":
    main()
