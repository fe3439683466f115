"""`python -m tests.foreign [--person KEY] [--port N]` (`make esia-foreign`): a published ЕСИА client signs in, step by step."""

from __future__ import annotations

import argparse
import socket
import sys

from tests.foreign import esia


def main() -> None:
    """Start a stand-in, sign a person in through the foreign client, print what it read; exits 1 when it fails."""
    parser = argparse.ArgumentParser(prog="tests.foreign")
    parser.add_argument("--person", default="match")
    parser.add_argument("--port", type=int, default=0, help="port of the stand-in; any free one by default")
    wanted = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", wanted.port))
        port = probe.getsockname()[1]
    say(f"client: {esia.PACKAGES[0]} from PyPI, with {', '.join(esia.PACKAGES[1:])}, unmodified")
    try:
        with esia.stand_in(port) as address:
            say(f"stand-in: {address}, version 1, RSA; system {esia.SYSTEM}, scopes {esia.SCOPES}")
            read = esia.sign_in(address, wanted.person)
    except AssertionError as failed:
        say(f"the client failed:\n{failed}")
        raise SystemExit(1) from None
    person = read["person"]
    names = " ".join(person.get(name, "") for name in ("lastName", "firstName", "middleName")).strip()
    say(
        f"signed in: {names}, born {person['birthDate']}, СНИЛС {person['snils']}, trusted: {person['trusted']}"
    )
    say("contacts: " + ", ".join(f"{item['type']} {item['value']}" for item in read["contacts"]["elements"]))


def say(line: str) -> None:
    """Print a step."""
    sys.stdout.write(f"  · {line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
