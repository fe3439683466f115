"""Forged and misdirected access tokens: each made from a genuine one, with exactly one thing wrong.

The same table is tried on the verifier alone and, over HTTP, on every running part of the portal.
"""

from nmo_testkit.forgery.claims import CLAIMS
from nmo_testkit.forgery.forger import Forger
from nmo_testkit.forgery.headers import HEADERS
from nmo_testkit.forgery.shapes import SHAPES
from nmo_testkit.forgery.signatures import SIGNATURES

FORGERIES = {
    f"{group}: {name}": make
    for group, table in {
        "shape": SHAPES,
        "header": HEADERS,
        "signature": SIGNATURES,
        "claim": CLAIMS,
    }.items()
    for name, make in table.items()
}
"""Name → how the forger makes the token. None of them may be accepted anywhere."""

__all__ = ["FORGERIES", "Forger"]
