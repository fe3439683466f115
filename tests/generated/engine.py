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

SLOW_S = 10.0
SERVER_ERROR = 500
NOT_READY = 503


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
    seconds: int
    examples: int
    phases: tuple[str, ...] = ("examples", "coverage", "fuzzing", "stateful")


def execute(plan: Plan) -> Run:
    """Generate, send, judge. Blocks for up to `plan.seconds` and a little more."""
    with tempfile.TemporaryDirectory() as folder:
        config = SchemathesisConfig.from_dict(_settings(plan, Path(folder)))
        schema = schemathesis.openapi.from_url(
            f"{plan.url}/api/v1/{plan.service}/openapi.json", config=config
        )
        run = Run(plan.service, plan.role)
        for event in from_schema(schema).execute():
            if isinstance(event, ScenarioFinished):
                _take(run, event.recorder, plan)
            elif isinstance(event, NonFatalError):
                run.faults.append(f"{event.label}: {event.value}"[:500])
            elif isinstance(event, EngineFinished):
                run.faults += [f"stopped: {event.stop_reason}"] * (event.stop_reason == "server_unavailable")
    return run


def _settings(plan: Plan, folder: Path) -> dict[str, Any]:
    """The generator's configuration: every check, every phase, a fixed seed, failures do not end a run."""
    return {
        "seed": plan.seed,
        "max-time": plan.seconds,
        "suppress-health-check": ["all"],
        "base-url": plan.url,
        "continue-on-failure": True,
        "workers": 1,
        "request-timeout": 30,
        "max-stream-events": 1,
        "warnings": False,
        "auth": _auth(plan, folder),
        "checks": {"enabled": True, "max_response_time": SLOW_S},
        "generation": {
            "mode": "all",
            "max-examples": plan.examples,
            "no-shrink": True,
            "database": "none",
            "with-security-parameters": False,
        },
        "phases": {
            name: {"enabled": name in plan.phases} for name in ("examples", "coverage", "fuzzing", "stateful")
        },
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
