"""`python -m nmo_cycles <command>`."""

from nmo_cycles.app import build
from nmo_kit import cli


def main() -> None:
    """Entry of the command line."""
    cli.main(build)


if __name__ == "__main__":
    main()
