"""`python -m tests.foreign [--version v1|v2] [--person KEY] [--port N]` (`make esia-foreign`): a client we did not write
for our portal signs a person in at the stand-in, step by step.

v1 is a published package and has the production issuer written into it, so it gets a stand-in of its own. v2 is a plain
client by the protocol's description and goes to the running system's stand-in, unless `--port` asks for one of its own.
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
        way(wanted.person, wanted.port)
    except (AssertionError, httpx2.HTTPError) as failed:
        say(f"the client failed:\n{failed}")
        raise SystemExit(1) from None


def version_1(person: str, port: int | None) -> None:
    """The published client at a stand-in of its own."""
    say(f"client: {esia.PACKAGES[0]} from PyPI, with {', '.join(esia.PACKAGES[1:])}, unmodified")
    with own_stand_in(port or 0) as address:
        say(f"stand-in: {address}, version 1, RSA; system {esia.SYSTEM}, scopes {esia.SCOPES}")
        read = esia.sign_in(address, person)
    show(read["person"], read["contacts"]["elements"])


def version_2(person: str, port: int | None) -> None:
    """The plain client, once with each kind of keys, at the running system or at a stand-in of its own."""
    gost.provide()
    if port is not None:
        with own_stand_in(port) as address:
            _by_each_kind(address, esia.ISSUER, person)
        return
    address = system.url("esia")
    try:
        httpx2.get(f"{address}/livez").raise_for_status()
    except httpx2.HTTPError:
        raise AssertionError(
            f"no stand-in answers at {address}: run make up, or start one by --port 0"
        ) from None
    _by_each_kind(address, f"{address}/", person)


def _by_each_kind(address: str, issuer: str, person: str) -> None:
    for algorithm in esia_v2_journey.ALGORITHMS:
        say(f"client: tests/foreign/esia_v2.py; stand-in: {address}, version 2, {algorithm}")
        read = esia_v2_journey.go(address, issuer, person, algorithm, say)
        show(read["person"], read["contacts"])
        say("documents: " + ", ".join(item["type"] for item in read["documents"]))


@contextmanager
def own_stand_in(port: int) -> Iterator[str]:
    """A stand-in at that port, or at any free one."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", port))
        port = probe.getsockname()[1]
    with esia.stand_in(port) as address:
        yield address


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
