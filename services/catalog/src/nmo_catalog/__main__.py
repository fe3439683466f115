"""`python -m nmo_catalog <command>`."""

from nmo_catalog.app import build
from nmo_kit import cli


def main() -> None:
    """Entry of the command line."""
    cli.main(build)


if __name__ == "__main__":
    main()
