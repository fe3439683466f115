"""Runs over all services and roles, and what they add up to."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nmo_local.paths import LOCAL
from tests.authz import Row, matrix
from tests.conftest import PORTAL_URL, Portal
from tests.generated.accepted import unexpected
from tests.generated.callers import ROLES, Callers
from tests.generated.engine import Failure, Plan, Run, execute

SERVICES = ("identity", "registry", "catalog", "cycles", "applications", "notifications")
REPORT = LOCAL / "reports" / "generated.json"
KINDS = {
    "anonymous": frozenset[str](),
    "specialist": frozenset({"person", "specialist"}),
    "org-staff": frozenset({"person", "org_staff"}),
    "partner": frozenset({"partner"}),
    "admin": frozenset({"person", "admin"}),
    "support": frozenset({"person", "support"}),
}
"""Which roles of the reviewed matrix a caller has."""
SHORT_EXAMPLES = 2
SURE_PHASES = ("examples", "fuzzing")
MORE_PHASES = ("stateful", "coverage")
SHARED = frozenset({"org-staff", "admin", "support"})
"""Callers whom other tests need too: nothing of their own, no client and no role that is there is changed."""
OWN = ("/api/v1/me", "/api/v1/contacts")
OTHERS = (
    "/api/v1/admin/partners/{client_id}/",
    "/api/v1/admin/people/{membership_id}/",
    "/api/v1/organization/people/{membership_id}/",
)
"""Clients that others sign in by, roles that others have."""
LONG_EXAMPLES = 60


@dataclass
class Campaign:
    """What all runs of one seed found."""

    seed: int
    runs: dict[tuple[str, str], Run] = field(default_factory=dict)

    def run_of(self, service: str, role: str) -> Run:
        """The tally of a service and a role."""
        return self.runs.setdefault((service, role), Run(service, role))

    @property
    def failures(self) -> list[Failure]:
        """Every finding that has no reason."""
        return unexpected(sorted(failure for run in self.runs.values() for failure in run.failures))

    @property
    def accepted(self) -> int:
        """How many findings have one."""
        return sum(len(run.failures) for run in self.runs.values()) - len(self.failures)

    def report(self) -> dict[str, Any]:
        """The same for people and scripts."""
        runs = [self.runs[key] for key in sorted(self.runs)]
        return {
            "seed": self.seed,
            "cases": sum(run.cases for run in runs),
            "probes": sum(run.probes for run in runs),
            "server_errors": sum(sum(run.server_errors.values()) for run in runs),
            "failures": [_told(failure) for failure in self.failures],
            "accepted": self.accepted,
            "faults": [fault for run in runs for fault in run.faults],
            "by": [_tally(run) for run in runs],
        }

    def write(self, path: Path = REPORT) -> None:
        """Keep the report."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.report(), ensure_ascii=False, indent=2))


def _told(failure: Failure) -> dict[str, str]:
    names = ("service", "role", "check", "operation", "title", "detail")
    return {name: getattr(failure, name) for name in names}


def _tally(run: Run) -> dict[str, Any]:
    return {
        "service": run.service,
        "role": run.role,
        "cases": run.cases,
        "operations": sorted(run.operations),
        "statuses": {str(status): count for status, count in sorted(run.statuses.items())},
        "checks": dict(sorted(run.checks.items())),
        "probes": run.probes,
        "strangers": run.strangers,
        "server_errors": dict(+run.server_errors),
    }


def own_operations(service: str, role: str) -> frozenset[tuple[str, str]]:
    """What a role is meant to call at a service; for nobody: everything, which mostly says «sign in»."""
    kinds = KINDS[role]
    return frozenset(
        at for row in _outside(service) if not kinds or row.roles & kinds if (at := _address(row, role))
    )


def any_operations(service: str, role: str) -> frozenset[tuple[str, str]]:
    """Everything that is there, called by whomever."""
    return frozenset(at for row in _outside(service) if (at := _address(row, role)))


def _address(row: Row, role: str) -> tuple[str, str] | None:
    shared = row.service == "identity" and row.method != "GET" and row.path.startswith((*OWN, *OTHERS))
    return None if role in SHARED and shared else (row.method, row.path)


def _outside(service: str) -> Iterator[Row]:
    return (row for row in matrix() if row.service == service and not row.path.startswith("/internal/"))


def pairs() -> list[tuple[str, str]]:
    """Services with the roles that have something to do there."""
    return [(service, role) for service in SERVICES for role in ROLES if own_operations(service, role)]


async def short(seed: int, seconds: int) -> Campaign:
    """Everybody at what they may call, nobody at everything.

    First a few cases at every operation, however long that takes: the same ones for the same seed. What is left of the
    time is shared out for cases that follow from each other, and for systematic ones.
    """
    campaign, ends = Campaign(seed), time.monotonic() + seconds
    async with Callers(Portal(PORTAL_URL)) as callers:
        for pair in pairs():
            await _turn(campaign, callers, pair, None, SURE_PHASES)
        left = pairs()
        while left:
            share = int((ends - time.monotonic()) / len(left))
            if share < 1:
                break
            await _turn(campaign, callers, left.pop(0), share, MORE_PHASES)
    return campaign


async def _turn(
    campaign: Campaign, callers: Callers, pair: tuple[str, str], seconds: int | None, phases: tuple[str, ...]
) -> None:
    service, role = pair
    plan = Plan(
        url=PORTAL_URL,
        service=service,
        role=role,
        tokens=await callers.tokens(service, role),
        seed=campaign.seed,
        seconds=seconds,
        examples=SHORT_EXAMPLES,
        phases=phases,
        operations=own_operations(service, role),
    )
    await asyncio.to_thread(execute, plan, campaign.run_of(service, role))


async def long(seed: int, seconds: int) -> Campaign:
    """Every role at every service, whole documents, all phases, round after round until the time is over."""
    campaign, ends = Campaign(seed), time.monotonic() + seconds
    everywhere = [(service, role) for service in SERVICES for role in ROLES]
    async with Callers(Portal(PORTAL_URL)) as callers:
        turn = 0
        while time.monotonic() < ends:
            service, role = everywhere[turn % len(everywhere)]
            plan = Plan(
                url=PORTAL_URL,
                service=service,
                role=role,
                tokens=await callers.tokens(service, role),
                seed=seed + turn // len(everywhere),
                seconds=max(10, seconds // len(everywhere)),
                examples=LONG_EXAMPLES,
                operations=any_operations(service, role),
            )
            await asyncio.to_thread(execute, plan, campaign.run_of(service, role))
            campaign.write()
            turn += 1
    return campaign
