"""`python -m tests.foreign [--version v1|v2] [--person KEY] [--port N]` (`make esia-foreign`): a client we did not write
for our portal signs a person in at the stand-in, step by step.

v1 is a published package, v2 a plain client by the protocol's description. Both go to the running system's stand-in; to
one of their own when none runs or `--port` asks for it.
"""

from __future__ import annotations

import argparse
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx2

from nmo_local import system
from nmo_local.infra import gost
from tests.foreign import esia, esia_v2_journey


def main() -> None:
    """Sign a person in through the foreign client, print each step and what it read; exits 1 when one fails."""
    parser = argparse.ArgumentParser(prog="tests.foreign")
    parser.add_argument("--version", choices=("v1", "v2"), default="v1")
    parser.add_argument("--person", default="match")
    parser.add_argument("--port", type=int, help="port of a stand-in to start, 0 for any free one")
    wanted = parser.parse_args()
    way = {"v1": version_1, "v2": version_2}[wanted.version]
    try:
        with stand_in(wanted.port) as address:
            way(address, wanted.person)
    except (AssertionError, httpx2.HTTPError) as failed:
        say(f"the client failed:\n{failed}")
        raise SystemExit(1) from None


def version_1(address: str, person: str) -> None:
    """The published client."""
    say(f"client: {esia.PACKAGES[0]} from PyPI, with {', '.join(esia.PACKAGES[1:])}, unmodified")
    say(
        f"stand-in: {address}, version 1, RSA; system {esia.SYSTEM}, scopes {esia.SCOPES}, issuer {esia.ISSUER}"
    )
    read = esia.sign_in(address, person)
    show(read["person"], read["contacts"]["elements"])


def version_2(address: str, person: str) -> None:
    """The plain client, once with each kind of keys."""
    gost.provide()
    for algorithm in esia_v2_journey.ALGORITHMS:
        say(f"client: tests/foreign/esia_v2.py; stand-in: {address}, version 2, {algorithm}")
        read = esia_v2_journey.go(address, f"{address}/", person, algorithm, say)
        show(read["person"], read["contacts"])
        say("documents: " + ", ".join(item["type"] for item in read["documents"]))


@contextmanager
def stand_in(port: int | None) -> Iterator[str]:
    """The running system's stand-in; else, or with a `port`, one of our own there, at any free one for 0."""
    running = system.url("esia")
    if port is None and answers(running):
        yield running
        return
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port or 0))
        port = probe.getsockname()[1]
    with esia.stand_in(port) as address:
        yield address


def answers(address: str) -> bool:
    """Tell whether a stand-in runs there."""
    try:
        return httpx2.get(f"{address}/livez").is_success
    except httpx2.HTTPError:
        return False


def show(person: dict[str, str], contacts: list[dict[str, str]]) -> None:
    """Print whom the client has read."""
    names = " ".join(person.get(name, "") for name in ("lastName", "firstName", "middleName")).strip()
    words = f"born {person['birthDate']}, СНИЛС {person.get('snils', 'none')}, trusted: {person['trusted']}"
    say(f"signed in: {names}, {words}")
    say("contacts: " + ", ".join(f"{item['type']} {item['value']}" for item in contacts))


def say(line: str) -> None:
    """Print a step."""
    sys.stdout.write(f"  · {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
