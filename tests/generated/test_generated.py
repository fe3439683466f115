"""Generated cases against the running system: every service, every role, all checks, a fixed seed."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from nmo_local.paths import LOCAL
from tests.conftest import ROOT, Portal
from tests.generated.accepted import accepted
from tests.generated.campaign import REPORT, own_operations, pairs
from tests.generated.engine import Failure

pytestmark = pytest.mark.e2e
SEED = 20260
TIMEOUT_S = 600
LEAST_CASES_EACH = 1
"""Per operation and role."""
LEAST_CASES = 200
CHECKS = {
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
    "ensure_resource_availability",
    "ignored_auth",
    "object_level_authorization",
    "max_response_time",
}


@pytest.fixture(scope="module")
def report(portal: Portal) -> dict[str, Any]:
    """What the short run found; a process of its own, for the generator leaves threads and warnings behind."""
    log = LOCAL / "log" / "generated.log"
    with log.open("wb") as output:
        subprocess.run(
            [sys.executable, "-m", "tests.generated", "--short", "--seed", str(SEED)],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )
    assert REPORT.stat().st_mtime > log.stat().st_ctime - TIMEOUT_S, log.read_text()[-3000:]
    found: dict[str, Any] = json.loads(REPORT.read_text())
    assert found["seed"] == SEED, log.read_text()[-3000:]
    return found


@pytest.mark.req("PAR-04", "GWY-03")
def test_nothing_generated_breaks_a_service_or_its_description(report: dict[str, Any]) -> None:
    assert report["faults"] == []
    assert [run["server_errors"] for run in report["by"] if run["server_errors"]] == []
    assert report["failures"] == []


def test_every_operation_was_called_by_those_who_may(report: dict[str, Any]) -> None:
    called = {(run["service"], run["role"]): run for run in report["by"]}
    assert set(called) == set(pairs())
    for (service, role), run in called.items():
        operations = {f"{method} {path}" for method, path in own_operations(service, role)}
        assert set(run["operations"]) == operations, (service, role)
        assert run["cases"] >= LEAST_CASES_EACH * len(operations), (service, role)
    assert report["cases"] >= LEAST_CASES


@pytest.mark.req("ROL-01")
def test_all_checks_judged_and_strangers_tried(report: dict[str, Any]) -> None:
    judged: Counter[str] = Counter()
    for run in report["by"]:
        judged.update(run["checks"])
    assert {check for check in CHECKS if judged[check]} == CHECKS
    signed_in = [run for run in report["by"] if run["role"] != "anonymous"]
    assert sum(run["probes"] for run in signed_in) >= len(signed_in), "tokens left out or made up"
    assert sum(run["strangers"] for run in report["by"]) >= 3, "reads of another person's things"


def test_each_exception_has_a_reason_and_covers_no_other_check() -> None:
    assert all(len(line.reason) > 20 for line in accepted())
    fault = Failure("cycles", "specialist", "not_a_server_error", "GET /api/v1/cycles", "", "?cursor=")
    assert not any(line.covers(fault) for line in accepted())
