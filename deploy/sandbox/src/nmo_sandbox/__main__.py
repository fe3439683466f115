"""Start one stand-in: `python -m nmo_sandbox esia|frmr|mailbox|sms|oidc [--port N]`."""

import argparse
import importlib
import logging
from collections.abc import Sequence
from typing import cast

import structlog
import uvicorn
from starlette.types import ASGIApp

from nmo_sandbox.settings import SandboxSettings

PORTS = {"esia": 8190, "frmr": 8191, "mailbox": 8192, "sms": 8193, "oidc": 8194}


def main(argv: Sequence[str] | None = None) -> None:
    """Run the named program until it is stopped. Exits with 2 on a wrong argument or setting."""
    parser = argparse.ArgumentParser(prog="nmo-sandbox", description="Stand-ins for the outside world")
    parser.add_argument("program", choices=sorted(PORTS))
    parser.add_argument("--port", type=int, help="HTTP port; each program has its own default")
    arguments = parser.parse_args(argv)
    try:
        settings = SandboxSettings()
    except ValueError as wrong:
        parser.error(str(wrong))
    _set_up_logs(settings.log_level)
    # Each program is imported only when it runs, so that one does not need the libraries of another.
    module = importlib.import_module(f"nmo_sandbox.{arguments.program}.app")
    uvicorn.run(
        cast("ASGIApp", module.create_app()),
        host=settings.host,
        port=PORTS[arguments.program] if arguments.port is None else arguments.port,
        access_log=False,
        server_header=False,
        log_level=settings.log_level.lower(),
    )


def _set_up_logs(level: str) -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
    )


if __name__ == "__main__":
    main()
