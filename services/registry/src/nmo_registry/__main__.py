"""Command line: `python -m nmo_registry <command>`."""

from nmo_kit import cli
from nmo_registry.app import build


def main() -> None:
    """Run one command of the registry."""
    cli.main(build)


if __name__ == "__main__":
    main()
