"""`python -m nmo_notifications <command>`."""

from nmo_kit import cli
from nmo_notifications.app import build


def main() -> None:
    """Run one command of the service."""
    cli.main(build)


if __name__ == "__main__":
    main()
