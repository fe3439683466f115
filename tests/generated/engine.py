"""One run of generated cases: one service's OpenAPI, one role, a seed; what was sent and what was wrong."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, from_schema
from schemathesis.engine.events import EngineFinished, NonFatalError, ScenarioFinished
from schemathesis.engine.recorder import ScenarioRecorder

SLOW_S = 25.0
"""An answer that comes later hangs. Speed is the benches' matter: other runs keep the processor busy beside this one."""
SERVER_ERROR = 500
NOT_READY = 503
STATE = (401, 403, 404, 409, 412, 429)
"""What a request in order may be told about the caller, the object or its version."""
LIMITS = (413, 414, 431)
"""What a request out of order may be told before anybody reads it."""


PHASES = ("examples", "coverage", "fuzzing", "stateful")


@dataclass(frozen=True, slots=True, order=True)
class Failure:
    """A check that did not hold, at one operation."""

    service: str
    role: str
    check: str
    operation: str
    title: str
    detail: str = field(compare=False)


@dataclass
class Run:
    """What became of one run."""

    service: str
    role: str
    cases: int = 0
    operations: set[str] = field(default_factory=set)
    statuses: Counter[int] = field(default_factory=Counter)
    checks: Counter[str] = field(default_factory=Counter)
    """How often each check judged an answer."""
    probes: int = 0
    """Requests that repeated a case without a token, with a wrong one, or as somebody else."""
    strangers: int = 0
    """Of them, those sent by another person: attempts to read what is not theirs."""
    failures: dict[Failure, None] = field(default_factory=dict)
    server_errors: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    """What kept the generator itself from working."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to run."""

    url: str
    service: str
    role: str
    tokens: list[str]
    seed: int
    seconds: int | None
    """How long at most; as long as the cases take, if None."""
    examples: int
    phases: tuple[str, ...] = PHASES
    operations: frozenset[tuple[str, str]] | None = None
    """(method, path) of what is called; everything that is documented, if None."""


def execute(plan: Plan, run: Run) -> None:
    """Generate, send, judge, and add what was found to `run`. Blocks meanwhile."""
    with tempfile.TemporaryDirectory() as folder:
        config = SchemathesisConfig.from_dict(_settings(plan, Path(folder)))
        schema = schemathesis.openapi.from_url(
            f"{plan.url}/api/v1/{plan.service}/openapi.json", config=config
        )
        if plan.operations is not None:
            wanted = plan.operations
            schema = schema.include(lambda at: (at.operation.method.upper(), at.operation.path) in wanted)
        for event in from_schema(schema).execute():
            if isinstance(event, ScenarioFinished):
                _take(run, event.recorder, plan)
            elif isinstance(event, NonFatalError):
                run.faults.append(f"{event.label}: {event.value}"[:500])
            elif isinstance(event, EngineFinished):
                run.faults += [f"stopped: {event.stop_reason}"] * (event.stop_reason == "server_unavailable")


def _settings(plan: Plan, folder: Path) -> dict[str, Any]:
    """The generator's configuration: every check, every phase, a fixed seed, failures do not end a run."""
    return {
        "seed": plan.seed,
        **({"max-time": plan.seconds} if plan.seconds else {}),
        "suppress-health-check": ["all"],
        "base-url": plan.url,
        "continue-on-failure": True,
        "workers": 1,
        "request-timeout": 30,
        "max-stream-events": 1,
        "warnings": False,
        "auth": _auth(plan, folder),
        "checks": {
            "enabled": True,
            "max_response_time": SLOW_S,
            "positive_data_acceptance": {"expected-statuses": [*STATE, "2xx", "3xx", "5xx"]},
            "negative_data_rejection": {
                "expected-statuses": [*STATE, *LIMITS, 400, 405, 406, 415, 422, 428, "5xx"]
            },
        },
        # A long poll waits for as long as it is asked to.
        "parameters": {"query.wait": 0},
        "generation": {
            "mode": "all",
            "max-examples": plan.examples,
            "no-shrink": True,
            "database": "none",
            "with-security-parameters": False,
        },
        "phases": {name: {"enabled": name in plan.phases} for name in PHASES},
    }


def _auth(plan: Plan, folder: Path) -> dict[str, Any]:
    if not plan.tokens:
        return {}
    if len(plan.tokens) == 1:
        return {"openapi": {"bearer": {"bearer": plan.tokens[0]}}}
    people = [
        {"name": f"person {number}", "fixedHeaders": [{"name": "Authorization", "value": f"Bearer {token}"}]}
        for number, token in enumerate(plan.tokens, start=1)
    ]
    file = folder / "people.json"
    file.write_text(json.dumps({"auth": people}))
    names = [person["name"] for person in people]
    return {"wfc": {"path": str(file), "user": names[0], "peers": names}}


def _take(run: Run, recorder: ScenarioRecorder, plan: Plan) -> None:
    for case_id, interaction in recorder.interactions.items():
        label = recorder.cases[case_id].value.operation.label
        if case_id not in recorder.checks:
            run.probes += 1
            sent = interaction.request.headers.get("Authorization", [""])[0]
            run.strangers += any(token in sent for token in plan.tokens[1:])
        else:
            run.cases += 1
        run.operations.add(label)
        if interaction.response is not None:
            status = interaction.response.status_code
            run.statuses[status] += 1
            run.server_errors[f"{status} {label}"] += status >= SERVER_ERROR and status != NOT_READY
    for case_id, checks in recorder.checks.items():
        for check in checks:
            run.checks[check.name] += 1
            if check.status is Status.FAILURE and check.failure_info is not None:
                failure = check.failure_info.failure
                label = recorder.cases[case_id].value.operation.label
                detail = f"{failure.message}\n{check.failure_info.code_sample}"
                found = Failure(run.service, run.role, check.name, label, failure.title, detail)
                run.failures.setdefault(found)
