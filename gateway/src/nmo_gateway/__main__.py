"""Commands of the gateway: api (also ``all``), migrate, seed, print-settings."""

import argparse
import asyncio
import signal
import sys
from collections.abc import Sequence

import uvloop

from nmo_gateway.app import PACKAGE, create_app
from nmo_gateway.http_protocol import HttpProtocol
from nmo_gateway.runtime import open_gateway
from nmo_gateway.settings import GatewaySettings
from nmo_kit import migrate
from nmo_kit.cli import serve_http
from nmo_kit.settings import SettingsError, load, printable

COMMANDS = ("api", "all", "migrate", "seed", "print-settings")


def main(argv: Sequence[str] | None = None) -> None:
    """Entry of ``python -m nmo_gateway <command>``; exits 2 on bad settings or arguments."""
    parser = argparse.ArgumentParser(prog="nmo-gateway", description="One address for pages and API")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("rest", nargs=argparse.REMAINDER)
    command = parser.parse_args(argv).command
    try:
        settings = load(GatewaySettings)
        if command == "print-settings":
            sys.stdout.write(printable(settings) + "\n")
        elif command == "migrate":
            revision = migrate.run(settings.database_url.get_secret_value(), PACKAGE)
            sys.stdout.write(f"gateway: schema at {revision}\n")
        elif command in {"api", "all"}:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(serve(settings))
        # seed: the gateway has no data of its own.
    except SettingsError as error:
        sys.stderr.write(f"gateway: {error}\n")
        sys.exit(2)


async def serve(settings: GatewaySettings) -> None:
    """Serve until a signal asks to stop, then finish the requests in hand."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with open_gateway(settings) as gateway:
        await serve_http(create_app(gateway, stop), settings, stop, http=HttpProtocol)


if __name__ == "__main__":
    main()
