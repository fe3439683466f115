"""`python -m nmo_local up|down|status|logs|restart|demo|browser|verify-journals`: the local system (see the Makefile)."""

from __future__ import annotations

import argparse
import asyncio
import sys

from nmo_local.report import console


def main() -> None:
    """Run one command."""
    parser = argparse.ArgumentParser(prog="nmo-local", description="The portal on one machine")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("up", "start everything and load demo data"),
        ("down", "stop everything, keep the data"),
        ("status", "what runs"),
        ("demo", "start everything and drive one whole journey"),
        ("verify-journals", "compare every journal with its seal"),
        ("browser", "install Chromium for the browser tests where it is missing"),
    ):
        commands.add_parser(name, help=words)
    for name, words in (("logs", "follow the output of one process"), ("restart", "restart one process")):
        commands.add_parser(name, help=words).add_argument("service")
    arguments = parser.parse_args()
    from nmo_local.lifecycle import StepFailedError

    try:
        sys.exit(_run(arguments))
    except StepFailedError:
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def _run(arguments: argparse.Namespace) -> int:
    from nmo_local import lifecycle, supervise

    if arguments.command == "down":
        lifecycle.down()
    elif arguments.command == "status":
        return lifecycle.status()
    elif arguments.command == "verify-journals":
        from nmo_local import journals

        return journals.verify()
    elif arguments.command == "browser":
        from nmo_local.infra import chromium

        chromium.provide()
    elif arguments.command == "logs":
        lifecycle.logs(arguments.service)
    elif arguments.command == "restart":
        supervise.restart(arguments.service)
    elif arguments.command == "up":
        from nmo_local.demo import summary

        servers = asyncio.run(lifecycle.up())
        summary.write(servers, {})
        summary.show_addresses()
    else:
        from nmo_local.demo import journey

        return asyncio.run(journey.main())
    console.print()
    return 0


if __name__ == "__main__":
    main()
