"""The whole check: read everything, judge every invariant, and give what is still on its way time to arrive."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable

from tests.chaos.checker import (
    i1_events_have_effects,
    i1_partner_ways,
    i2_credits,
    i3_seats,
    i4_histories,
    i5_journal,
    i6_client_facts,
    i7_revoked_credentials,
    i8_read_models,
    i9_files,
    i11_leaks,
    i12_answers,
    i13_totals,
    i14_withdrawn,
)
from tests.chaos.checker.evidence import Evidence
from tests.chaos.checker.history import History
from tests.chaos.checker.snapshot import Snapshot, read_databases, read_files, read_waiting
from tests.chaos.checker.verdict import Inspection, Verdict

HEALED_WITHIN_S = 60.0
"""Events arrive and copies equal their sources within this time after the last fault was healed."""
PAUSE_S = 1.0
ARRIVING = frozenset({"I1", "I2", "I8", "I13", "I14"})
"""Invariants that hold once everything has arrived; the others hold at every moment."""
COUNTS = ("lost", "doubled", "oversold", "uncredited")
INVARIANTS: dict[str, tuple[Callable[[Snapshot], Inspection], ...]] = {
    "I1": (i1_events_have_effects.inspect, i1_partner_ways.inspect),
    "I2": (i2_credits.inspect,),
    "I3": (i3_seats.inspect,),
    "I4": (i4_histories.inspect,),
    "I5": (i5_journal.inspect,),
    "I6": (i6_client_facts.inspect,),
    "I7": (i7_revoked_credentials.inspect,),
    "I8": (i8_read_models.inspect,),
    "I9": (i9_files.inspect,),
    "I11": (i11_leaks.inspect,),
    "I12": (i12_answers.inspect,),
    "I13": (i13_totals.inspect,),
    "I14": (i14_withdrawn.inspect,),
}


async def check(evidence: Evidence, *, patience_s: float = HEALED_WITHIN_S) -> Verdict:
    """Judge a system that is healed and that no client uses any more.

    Reads again for up to `patience_s` while only invariants fail that a late event may still repair; leaks are
    searched once, at the end.
    """
    return judge(await settled_snapshot(evidence, patience_s=patience_s))


async def settled_snapshot(evidence: Evidence, *, patience_s: float) -> Snapshot:
    """What `check` judges: everything that was read, leaks included."""
    deadline = time.monotonic() + patience_s
    while True:
        snapshot = await read_snapshot(evidence)
        broken = judge(snapshot).broken.keys() - {"I11"}
        if not broken or not broken <= ARRIVING or time.monotonic() > deadline:
            break
        await asyncio.sleep(PAUSE_S)
    leaks, searched = await i11_leaks.search(await i11_leaks.collect(evidence), evidence.canaries)
    return snapshot.with_leaks(leaks, searched)


async def read_snapshot(evidence: Evidence) -> Snapshot:
    """Everything but the search for leaks."""
    return Snapshot(
        tables=await read_databases(evidence.databases),
        waiting=await read_waiting(evidence.broker_admin_url, evidence.vhost),
        files=await asyncio.to_thread(read_files, evidence.files_dir),
        history=History.read(evidence.history),
    )


def judge(snapshot: Snapshot) -> Verdict:
    """The verdict on what was read."""
    texts: dict[str, str] = {}
    findings: dict[str, list[str]] = {}
    checked: dict[str, int] = {}
    tally: Counter[str] = Counter()
    for name, inspections in INVARIANTS.items():
        whole = Inspection()
        for inspect in inspections:
            whole.join(inspect(snapshot))
        texts[name], findings[name], checked[name] = whole.text, whole.findings, whole.checked
        tally += whole.tally
    counts = {"events": len(snapshot.events), **{name: tally[name] for name in COUNTS}}
    return Verdict(texts, counts, checked, findings)
