"""Generated cases: hypothesis profiles, and state machines over what a test's event loop holds.

`HYPOTHESIS_PROFILE=long` makes many more and longer cases, chosen anew each time; the default repeats itself.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

T = TypeVar("T")
Do = Callable[[Coroutine[Any, Any, T]], T]
STEP_S = 60.0
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")
_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

settings.register_profile("ci", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=3000, print_blob=True)

DATABASE_CASES = settings(
    settings.get_profile(PROFILE),
    max_examples=400 if PROFILE == "long" else 20,
    stateful_step_count=60 if PROFILE == "long" else 15,
    suppress_health_check=_SLOW,
)
"""For cases that touch a database or a broker: 20 short ones in `make test`, 400 long ones in the long run."""


async def run_machine(
    make: Callable[[Do[Any]], RuleBasedStateMachine], *, chosen: settings = DATABASE_CASES
) -> int:
    """Run a state machine in a thread; returns how many steps its rules did.

    `make` gets `do(coroutine)`, which a rule calls to run something in the test's own event loop, with its fixtures.

    Raises:
        AssertionError: a rule or invariant found a fault, or there were fewer steps than cases.
    """
    loop = asyncio.get_running_loop()
    steps = 0

    def do(step: Coroutine[Any, Any, T]) -> T:
        nonlocal steps
        steps += 1
        return asyncio.run_coroutine_threadsafe(step, loop).result(STEP_S)

    await asyncio.to_thread(run_state_machine_as_test, lambda: make(do), settings=chosen)  # type: ignore[arg-type]
    assert steps > chosen.max_examples, f"only {steps} steps were generated"  # noqa: S101 proofs refuse to pass empty
    return steps
