"""A hundred kills and whatever else the short plan has, struck at a system of its own: nothing is lost or done twice."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
KILLS = 100
JOURNEYS = 12
SEED = 20261
LONGEST_MIN = 20
TIMEOUT_S = 2100


@pytest.mark.e2e
@pytest.mark.req("APP-08", "CYC-09", "CAT-07", "GWY-03", "PAR-03")
def test_a_hundred_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    file, log = tmp_path / "chaos.json", tmp_path / "chaos.log"
    with log.open("wb") as output:
        done = subprocess.run(
            [
                sys.executable, "-m", "tests.chaos", "--seed", str(SEED), "--kills", str(KILLS),
                "--journeys", str(JOURNEYS), "--minutes", str(LONGEST_MIN), "--report", str(file),
            ],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=TIMEOUT_S,
            check=False,
        )  # fmt: skip
    told = log.read_text(errors="replace")[-6000:]
    assert done.returncode == 0, told
    report = json.loads(file.read_text())
    assert report["kills"] >= KILLS
    assert len(report["faults"]) >= 5, told
    assert len(report["failpoints"]) >= 3, told
    assert (report["lost"], report["doubled"], report["oversold"], report["uncredited"]) == (0, 0, 0, 0)
    assert set(report["invariants"].values()) == {"ok"}
    assert report["journeys"]["ended"] >= JOURNEYS
    assert report["journeys"]["ended"] == report["journeys"]["started"]
    assert report["events"] > JOURNEYS
    assert min(report["received"].values()) > 0
    assert 0 < report["recovery_s"]["median"] <= report["recovery_s"]["max"]
