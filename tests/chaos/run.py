"""One run from a fresh system to the verdict."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from random import Random

import aiohttp

from nmo_local import secret_files, system
from nmo_local.paths import LOCAL, LOGS, ROOT
from nmo_testkit.wait import until
from tests.chaos.checker import Evidence, check
from tests.chaos.clients import Client
from tests.chaos.crowd import Crowd
from tests.chaos.drain import drain
from tests.chaos.history import History
from tests.chaos.journey import Stage
from tests.chaos.listeners import Listeners
from tests.chaos.plan import Planner, Round
from tests.chaos.recovery import NotRecoveredError, Recovery
from tests.chaos.replays import Replays
from tests.chaos.report import Report, console
from tests.chaos.strikes import Strikes
from tests.chaos.world import World, write_json
from tests.e2e.people import roomy_specialty
from tests.leaks.canaries import Canaries, Kind

EVIDENCE = LOCAL / "evidence"
REPORT = ROOT / ".local" / "reports" / "chaos.json"
EMPLOYEES = ("org-staff", "org-staff", "org-admin")
WARM_UP_S = 5.0
END_S = 420.0
"""What the last journeys may take once everything is healed: the longest a single wait of theirs can be, and more."""
DRAIN_S = 240.0
COPIES_S = 240.0


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says."""

    minutes: float
    seed: int
    kills: int | None
    journeys: int
    report: Path = REPORT
    keep: bool = False


async def run(options: Options) -> Report:
    """Start, strike, heal, wait, check; the report is written whatever came of it."""
    report = Report(options.seed, 0.0)
    world = World()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(world.leave if options.keep else world.stop)
        await world.start()
        history = History(EVIDENCE / "history.jsonl")
        stack.callback(history.close)
        chaos = _Chaos(options, world, history, report)
        try:
            await chaos.go(stack)
        finally:
            report.judge()
            write_json(EVIDENCE / "report.json", report.document())
            write_json(options.report, report.document())
    return report


class _Chaos:
    """The parts of one run."""

    def __init__(self, options: Options, world: World, history: History, report: Report) -> None:
        self._options = options
        self._world = world
        self._history = history
        self._report = report
        self._strikes = Strikes(world, history)
        self._canaries = Canaries()
        self._planned: list[Round] = []

    async def go(self, stack: AsyncExitStack) -> None:
        """The whole run within a started system."""
        admin = await self._arrive(stack, "admin")
        staff = [await self._arrive(stack, name) for name in EMPLOYEES]
        stage = await self._stage(staff)
        self._plant_secrets()
        replays = Replays(self._world.portal, self._history, self._canaries)
        listeners = await stack.enter_async_context(Listeners(self._world.portal, admin, self._history))
        tokens = asyncio.create_task(replays.tokens())
        stack.callback(tokens.cancel)
        crowd = Crowd(stage, replays, size=self._options.journeys, seed=self._options.seed)
        await crowd.begin()
        await asyncio.sleep(WARM_UP_S)
        recovery = Recovery(self._world, staff[0])
        try:
            await self._strike(crowd, recovery)
        except NotRecoveredError as error:
            self._report.faults_found.append(str(error))
        await self._end(crowd, replays, tokens)
        self._count(crowd, listeners, recovery)
        await self._check()

    async def _arrive(self, stack: AsyncExitStack, name: str) -> Client:
        dice = Random(f"{self._options.seed}/{name}")
        client = await stack.enter_async_context(Client(name, self._history, name, dice))
        await client.enter()
        return client

    async def _stage(self, staff: list[Client]) -> Stage:
        async with aiohttp.ClientSession() as client:
            specialty = await roomy_specialty(self._world.portal, client)
        chosen, scarce = await self._world.make_seats(specialty.key)
        # What journeys choose must be known everywhere; the rest of the seeded events may arrive under fire.
        await until(partial(self._world.knows, chosen), COPIES_S, 1.0)
        return Stage(self._world.portal, self._history, staff, specialty, scarce, self._canaries)

    def _plant_secrets(self) -> None:
        """What the system itself must keep to itself."""
        names = [f"db_{name}" for name in system.WITH_DATABASE] + [f"amqp_{name}" for name in system.SERVICES]
        self._canaries.add(Kind.PASSWORD, *(secret_files.password(name) for name in names))
        self._canaries.add(Kind.CLIENT_SECRET, self._world.portal.partner["client_secret"])

    async def _strike(self, crowd: Crowd, recovery: Recovery) -> None:
        """Rounds of the plan until the time is up, or there were kills enough."""
        started = time.monotonic()
        planner = Planner(self._options.seed, brisk=self._options.kills is not None)
        for planned in planner.rounds():
            self._planned.append(planned)
            await asyncio.gather(*(self._strikes.strike(fault) for fault in planned.faults))
            seconds = await recovery.measure()
            self._history.write("recovered", after_s=seconds, round=planned.number)
            kills = sum(self._strikes.kills.values())
            passed = time.monotonic() - started
            self._tell(planned, seconds, kills, passed, crowd)
            self._report.minutes = round(passed / 60, 2)
            await asyncio.sleep(planned.calm_s)
            enough = self._options.kills is not None and kills >= self._options.kills
            if enough or time.monotonic() - started > self._options.minutes * 60:
                break
        self._report.rounds = len(self._planned)

    def _tell(self, planned: Round, seconds: float, kills: int, passed: float, crowd: Crowd) -> None:
        what = ", ".join(f"{fault.name} {fault.detail or fault.target}" for fault in planned.faults[:4])
        more = f" and {len(planned.faults) - 4} more" if len(planned.faults) > 4 else ""
        console.print(
            f"{passed:6.0f} s  round {planned.number:<3} kills {kills:<4} whole again after {seconds:5.1f} s  "
            f"journeys {crowd.counts['ended']} ended, {crowd.counts['failed']} failed  {what}{more}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    async def _end(self, crowd: Crowd, replays: Replays, tokens: asyncio.Task[None]) -> None:
        """No faults, no newcomers; everybody arrives, then nothing is owed any more."""
        tokens.cancel()
        await crowd.finish(END_S)
        await replays.finish()
        started = time.monotonic()
        self._report.owed = await drain(self._world, DRAIN_S)
        self._report.drain_s = round(time.monotonic() - started, 1)

    def _count(self, crowd: Crowd, listeners: Listeners, recovery: Recovery) -> None:
        report, counts = self._report, self._history.counts
        report.kills = sum(self._strikes.kills.values())
        report.kills_of = dict(self._strikes.kills)
        report.faults = dict(self._strikes.done)
        report.failpoints = dict(self._strikes.failpoints)
        report.journeys = dict(crowd.counts)
        report.calls = {
            name: number
            for name, number in counts.items()
            if name.split()[0] in {"status", "seat", "repeated"}
        }
        report.received = listeners.received
        report.recoveries(recovery.seconds)
        report.faults_found += crowd.faults
        report.faults_found += [f"a webhook's signature did not hold: {text}" for text in listeners.refused]
        wrong = sum(number for name, number in counts.items() if name in {"status 500", "status 501"})
        if wrong:
            report.faults_found.append(f"{wrong} answers 500")
        write_json(EVIDENCE / "plan.json", [asdict(planned) for planned in self._planned])
        write_json(EVIDENCE / "canaries.json", self._canaries.to_json())

    async def _check(self) -> None:
        evidence = Evidence(
            databases={name: self._world.direct_database(name) for name in system.WITH_DATABASE},
            broker_admin_url=self._world.rabbitmq.admin_url,
            history=self._history.path,
            files_dir=LOCAL / "files" / "applications",
            logs_dir=LOGS,
            mailbox_url=system.url("mailbox"),
            canaries=self._canaries,
            process_urls={name: system.url(name) for name in system.WITH_DATABASE},
        )
        verdict = await check(evidence)
        self._report.invariants = dict(verdict.invariants)
        self._report.checked = dict(verdict.checked)
        for name, number in verdict.counts.items():
            setattr(self._report, name, number)
        write_json(EVIDENCE / "findings.json", verdict.findings)
