"""What may stand where, and why. Everything that is not listed here is a leak."""

from __future__ import annotations

from typing import Final

from tests.leaks.canaries import NAMES, P2, Kind
from tests.leaks.finder import Allowance

ALLOWED: Final = (
    Allowance(
        "database/identity.person.*",
        frozenset(P2),
        "identity is the keeper of names and contacts; СНИЛС and birth date are sealed there as everywhere",
    ),
    Allowance(
        "database/registry.specialist.*",
        NAMES,
        "the register's mirror compares names; СНИЛС and birth date are sealed",
    ),
    Allowance(
        "database/registry.specialist_name.*", NAMES, "former names of the register, for the comparison"
    ),
    Allowance(
        "database/gateway.browser_session.short_name",
        NAMES,
        "the header of every page greets by name; the row goes with the session",
    ),
    Allowance(
        "database/identity.login_flow.state",
        frozenset({Kind.STATE}),
        "compared once within ten minutes, and good only with the cookie of the same browser",
    ),
    Allowance(
        "url/portal/auth/*/callback",
        frozenset({Kind.CODE, Kind.STATE, Kind.TOKEN}),
        "OAuth gives the code and the state to the browser by this address; each is good once, and no page is shown at it",
    ),
    Allowance(
        "url/outside/*",
        frozenset({Kind.STATE}),
        "the request to the provider carries the state: so asks the protocol",
    ),
)
