"""`python -m nmo_applications <command>`."""

from nmo_applications.app import build
from nmo_kit import cli


def main() -> None:
    """Run one command of the service."""
    cli.main(build)


if __name__ == "__main__":
    main()
