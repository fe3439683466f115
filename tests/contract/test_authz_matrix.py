"""ROL-01: routes, actions and rules are those of the reviewed matrix, and the rules decide as it says."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from fastapi import APIRouter, FastAPI

from nmo_contracts.purposes import PURPOSES
from nmo_kit.app import Service, create_app
from nmo_kit.auth import ANY_ENTRY, Rule, UngatedRouteError, action, decide, routes_of
from nmo_kit.principal import UNPROVEN, Principal
from tests.authz import Row, matrix
from tests.contract.conftest import SERVICES

ORGANIZATION = UUID(int=1)


def test_matrix_names_each_route_once() -> None:
    names = [(row.service, row.method, row.path) for row in matrix()]
    assert len(names) == len(set(names))


def test_matrix_speaks_of_known_states_and_roles() -> None:
    roles = {
        "person", "specialist", "org_staff", "org_admin", "head", "hr", "support", "admin", "partner", "service",
    }  # fmt: skip
    for row in matrix():
        assert row.roles <= roles, row.name
        assert row.entry <= ANY_ENTRY, row.name
        assert row.scope in {"self", "organization", "any"}, row.name
        assert row.systems <= {*SERVICES, "gateway"}, row.name
        assert bool(row.systems) <= (row.roles == {"service"}), row.name


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("service", SERVICES)
def test_routes_and_actions_are_the_reviewed_ones(apps: dict[str, FastAPI], service: str) -> None:
    reviewed = {(row.method, row.path): row.action for row in matrix() if row.service == service}
    assert routes_of(apps[service]) == reviewed
    documented = {
        (method.upper(), path) for path, item in apps[service].openapi()["paths"].items() for method in item
    }
    assert documented <= set(reviewed), "a route that the marks do not see"


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("service", SERVICES)
def test_rules_are_the_reviewed_ones(services: dict[str, Service], service: str) -> None:
    reviewed = {row.action: row.rule for row in matrix() if row.service == service}
    found = {
        action: Rule(
            roles=frozenset(rule.roles),
            consent=rule.consent,
            purpose=rule.purpose,
            entry=frozenset(rule.entry),
            scope=rule.scope,
            clients=frozenset(rule.clients),
            own_proof=rule.own_proof,
        )
        for action, rule in services[service].policy.items()
    }
    assert found == reviewed


def test_routes_of_one_action_share_its_rule() -> None:
    by_action: dict[str, set[Rule]] = {}
    for row in matrix():
        by_action.setdefault(row.action, set()).add(row.rule)
    assert {action for action, rules in by_action.items() if len(rules) > 1} == set()


def _person(
    *roles: str, entry: str = "full", consent: bool = True, organization: UUID | None = None
) -> Principal:
    return Principal(
        sub=str(UUID(int=7)),
        roles=frozenset({"person", *roles}),
        organization_id=organization,
        client_id="gateway",
        entry=entry,
        consent=consent,
        purposes=frozenset(PURPOSES) if consent else frozenset(),
    )


def _system(role: str, client_id: str) -> Principal:
    return Principal(sub=client_id, roles=frozenset({role}), client_id=client_id, entry="full", consent=True)


CALLERS: dict[str, Principal | None] = {
    "guest": None,
    "unconfirmed": _person(entry="unconfirmed", consent=False),
    "unverified": _person(entry="unverified", consent=False),
    "owes a new password": _person("specialist", entry="restricted"),
    "no consent": _person("specialist", entry="unmatched", consent=False),
    "checking": _person("specialist", entry="checking"),
    "conflict": _person("specialist", entry="conflict"),
    "weak": _person("specialist", entry="weak"),
    "not in the register": _person("specialist", entry="limited"),
    "specialist": _person("specialist"),
    "matched, consent lost": _person("specialist", consent=False),
    "org_staff": _person("org_staff", organization=ORGANIZATION),
    "org_staff of nowhere": _person("org_staff"),
    "org_admin": _person("org_admin", organization=ORGANIZATION),
    "head": _person("head", organization=ORGANIZATION),
    "hr": _person("hr", organization=ORGANIZATION),
    "support": _person("support"),
    "admin": _person("admin"),
    "partner": _system("partner", "partner-demo"),
    "partner named as a service": _system("partner", "gateway"),
    **{f"service {name}": _system("service", name) for name in (*SERVICES, "gateway")},
}
PEOPLE = {name for name, caller in CALLERS.items() if caller and "person" in caller.roles}
STAFF = {"org_staff", "org_admin"}
UNRESTRICTED = PEOPLE - {"owes a new password"}
CONFIRMED = UNRESTRICTED - {"unconfirmed", "unverified"}
PASSES: dict[str, set[str]] = {
    "everybody / any": set(CALLERS),
    "person / any": PEOPLE,
    "person / unrestricted": UNRESTRICTED,
    "person / confirmed": CONFIRMED,
    "person specialist org_staff org_admin head hr support admin / confirmed": CONFIRMED,
    "specialist / full": {"specialist"},
    "specialist / full limited": {"specialist", "not in the register"},
    "specialist / full limited weak conflict": {"specialist", "not in the register", "weak", "conflict"},
    "org_staff org_admin / full": STAFF,
    "admin / full": {"admin"},
    "org_admin head / full": {"org_admin", "head"},
    "head hr / full": {"head", "hr"},
    "support / full": {"support"},
    "partner / any": {"partner", "partner named as a service"},
    "service / any: gateway": {"service gateway"},
    "service / any: applications notifications registry": {
        "service applications",
        "service notifications",
        "service registry",
    },
    "service / any: notifications": {"service notifications"},
    "service / full: identity": {"service identity"},
    "service / full: applications": {"service applications"},
    "service admin support / full": {name for name in CALLERS if name.startswith("service ")}
    | {"admin", "support"},
    "service admin / full": {name for name in CALLERS if name.startswith("service ")} | {"admin"},
}
"""Who gets through, written from the requirements for each kind of line (roles / states: systems)."""


def _refusal(row: Row, caller: Principal | None) -> str:
    """Code that a refused caller gets: what a person can mend comes before «no access»."""
    if caller is None:
        return "unauthenticated"
    if caller.entry in UNPROVEN and caller.entry not in row.entry:
        return "entry_restricted"
    if row.consent and not caller.consent and (caller.entry not in row.entry or caller.roles & row.roles):
        return "consent_required"
    return "entry_restricted" if caller.entry not in row.entry else "forbidden"


@pytest.mark.req("ROL-01", "SSO-02", "SSO-04", "MAT-01")
@pytest.mark.parametrize("row", matrix(), ids=lambda row: row.name)
def test_each_kind_of_caller_gets_what_the_matrix_says(services: dict[str, Service], row: Row) -> None:
    passes = PASSES[row.kind]
    rule = services[row.service].policy.get(row.action)
    for name, caller in CALLERS.items():
        problem = decide(caller, rule)
        if name in passes:
            assert problem is None, name
        else:
            assert problem is not None, name
            assert problem.code == _refusal(row, caller), name
            assert problem.status == (401 if caller is None else 403), name


def test_action_without_a_rule_is_denied_to_all() -> None:
    assert {problem.code for caller in CALLERS.values() if (problem := decide(caller, None))} == {"forbidden"}
    assert all(decide(caller, None) for caller in CALLERS.values())


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("mark", [None, "nobody.reviewed.this"])
def test_route_without_a_reviewed_action_stops_the_start(
    services: dict[str, Service], apps: dict[str, FastAPI], service: str, mark: str | None
) -> None:
    router = APIRouter()

    async def forgotten() -> None: ...

    router.get("/api/v1/forgotten")(action(mark)(forgotten) if mark else forgotten)
    found = services[service]
    gap = replace(found, routers=[*found.routers, router])
    with pytest.raises(UngatedRouteError, match="GET /api/v1/forgotten"):
        create_app(gap, apps[service].state.runtime)


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("service", SERVICES)
def test_rule_without_a_route_stops_the_start(
    services: dict[str, Service], apps: dict[str, FastAPI], service: str
) -> None:
    found = services[service]
    gap = replace(found, policy={**found.policy, "nobody.does.this": Rule(roles={"admin"})})
    with pytest.raises(UngatedRouteError, match=r"nobody\.does\.this"):
        create_app(gap, apps[service].state.runtime)
