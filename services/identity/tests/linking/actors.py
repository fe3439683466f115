"""What the machine's people have and know, and what each of them may do in which browser."""

from __future__ import annotations

import itertools
import secrets
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from nmo_kit.errors import Problem
from services.identity.tests.linking.world import Begun, Browser, Human, StandIn, World

_numbers = itertools.count(secrets.randbelow(700_000_000) + 100_000_000)
reached: Counter[str] = Counter()
"""How often each outcome was reached, so that a run which reached little is no proof."""


def number() -> str:
    """A СНИЛС that no earlier case used, with its check digits."""
    digits = f"{next(_numbers):09d}"
    total = sum(int(digit) * (9 - place) for place, digit in enumerate(digits)) % 101
    return f"{digits}{0 if total == 100 else total:02d}"


@dataclass
class Local:
    """A local account as its owner knows it."""

    id: UUID
    owner: Actor
    password: str


@dataclass
class Flow:
    """A link under way: who began it where, and who typed a password at the provider for it."""

    begun: Begun
    browser: Browser
    typist: Actor
    used: bool = False


@dataclass
class Join:
    """A found account about to be tied."""

    state: str
    browser: Browser
    target: UUID
    used: bool = False


@dataclass
class Actor:
    """Attacker or victim: a number, mailboxes, identities at every provider, two browsers."""

    human: Human
    browsers: list[Browser] = field(default_factory=lambda: [Browser(), Browser()])
    locals: list[Local] = field(default_factory=list)
    mailboxes: int = 0

    @classmethod
    def new(cls, name: str) -> Actor:
        tag = secrets.token_hex(6)
        return cls(Human(f"{name}{tag}", number(), f"{name}-{tag}@example.org", tag))

    def mailbox(self) -> str:
        """A fresh address of theirs: the first one is known to ЕСИА too."""
        self.mailboxes += 1
        return self.human.email if self.mailboxes == 1 else f"{self.mailboxes}-{self.human.email}"

    def __hash__(self) -> int:
        return id(self)


@dataclass
class Stage:
    """One case: the two of them and everything under way."""

    world: World
    attacker: Actor = field(default_factory=lambda: Actor.new("attacker"))
    victim: Actor = field(default_factory=lambda: Actor.new("victim"))
    flows: list[Flow] = field(default_factory=list)
    joins: list[Join] = field(default_factory=list)

    @property
    def actors(self) -> tuple[Actor, Actor]:
        return self.attacker, self.victim

    def owner_of(self, account: dict[str, Any]) -> Actor | None:
        """Whose a row of `account` is: the human behind the subject, or who holds its mailbox."""
        for actor in self.actors:
            if account["subject"] == actor.human.subject or account["id"] in {
                item.id for item in actor.locals
            }:
                return actor
        return None

    def of_browser(self, browser: Browser) -> Actor:
        return self.attacker if browser in self.attacker.browsers else self.victim

    async def attempt(self, label: str, what: Any) -> Any:
        """Do it; a refusal is an outcome, not a fault. None when refused."""
        try:
            done = await what
        except Problem as problem:
            reached[f"{label}: {problem.code}"] += 1
            return None
        reached[label] += 1
        return done

    # --- what people do

    async def register(self, actor: Actor, whose: Actor, level: int) -> None:
        """With an own mailbox and whosever number; level 2 as after a match with the register."""
        taken = await self.world.rows(
            "select 1 from person where snils_index = :index and holds_snils",
            index=self.world.index(whose.human.snils),
        )
        if len(actor.locals) >= 3 or (level > 1 and taken):
            return
        password = f"Пароль-{secrets.token_hex(4)}-Рябина7"
        account = await self.world.local(
            actor.mailbox(), snils=whose.human.snils, level=level, password=password, hashed_only=True
        )
        actor.locals.append(Local(account, actor, password))

    async def sign_in(self, browser: Browser, local: Local) -> None:
        """Anybody tries any account; only its owner knows the password."""
        actor = self.of_browser(browser)
        opened = await self.world.sign_in(
            local.id, browser, local.password if actor is local.owner else "угаданный-пароль-1A"
        )
        assert not opened or actor is local.owner, "a guess opened an account"
        reached["sign in" if opened else "sign in: refused"] += 1

    async def esia(self, browser: Browser, provider: StandIn) -> None:
        actor = self.of_browser(browser)
        before = browser.signed_in
        if (
            await self.attempt(
                f"sign in by {provider.key}",
                self.world.esia_sign_in(actor.human, browser, provider),
            )
            is None
        ):
            browser.signed_in = before

    async def ready(self, browser: Browser, by: str) -> bool:
        """Make sure of a recent session, by password or by ЕСИА; `as it is` leaves what there is."""
        if by != "as it is":
            actor = self.of_browser(browser)
            if by == "password" and actor.locals:
                await self.sign_in(browser, actor.locals[-1])
            elif by == "esia":
                await self.esia(browser, self.world.esia)
        return await self.world.person_of(browser) is not None

    async def begin(self, browser: Browser, provider: StandIn, typist: Actor, by: str) -> None:
        """A link begins in a browser. The attacker may lure the victim to the address: then the victim types there."""
        if typist is self.attacker:
            typist = self.of_browser(browser)  # what the victim begins, the attacker cannot see
        if not await self.ready(browser, by):
            return
        begun = await self.attempt("begin", self.world.start(browser, typist.human, provider))
        if begun is not None:
            self.flows.append(Flow(begun, browser, typist))

    async def finish(self, browser: Browser, flow: Flow) -> None:
        """The callback comes to a browser: of whoever typed, or to one the attacker lures there with a code of theirs."""
        if flow.typist not in {self.of_browser(browser), self.attacker}:
            return  # a code lands in the browser it was given to, and stays secret
        before = browser.signed_in
        refused = reached["finish: link_state_invalid"]
        done = await self.attempt("finish", self.world.finish(browser, flow.begun))
        if done is None:
            browser.signed_in = before
            # Whatever else it was refused for came after the proof was used up.
            flow.used |= browser is flow.browser and refused == reached["finish: link_state_invalid"]
            return
        assert not flow.used, "a used proof worked again"
        assert browser is flow.browser, "a flow was finished in another browser"
        flow.used = True

    async def replay(self, browser: Browser, flow: Flow) -> None:
        """The same flow again, with a code the provider gives anew."""
        if flow.used:
            code = flow.begun.provider.code(flow.begun.state, flow.typist.human, self.world.now)
            flow.begun = Begun(flow.begun.state, code, flow.begun.provider)
            await self.finish(browser, flow)

    async def begin_join(self, browser: Browser, by: str) -> None:
        if not await self.ready(browser, by):
            return
        for found in (await self.world.links(browser))["found"]:
            state = await self.attempt("begin join", self.world.begin_join(browser, found["account_id"]))
            if state is not None:
                self.joins.append(Join(state, browser, found["account_id"]))

    async def finish_join(self, browser: Browser, join: Join, by: str) -> None:
        """By password where it is known, else by a code where the mailbox can be read, else by guessing."""
        actor = self.of_browser(browser)
        own = next((item for item in actor.locals if item.id == join.target), None)
        before = browser.signed_in
        if await self.world.person_of(browser) is None:
            return
        if by == "code":
            code = await self.attempt("mail code", self.world.mail_code(browser, join.state))
            what = self.world.join(browser, join.state, code=code if own and code else "000000")
        else:
            what = self.world.join(browser, join.state, password=own.password if own else "угадан-1A")
        done = await self.attempt("join", what)
        if done is None:
            browser.signed_in = before
            return
        assert own is not None, "an account was tied without its password or mailbox"
        assert not join.used, "a used proof worked again"
        assert browser is join.browser, "a join was finished in another browser"
        join.used = True

    async def untie(self, browser: Browser, which: int, by: str) -> None:
        if not await self.ready(browser, by):
            return
        items = (await self.world.links(browser))["items"]
        await self.attempt("untie", self.world.untie(browser, items[which % len(items)]["account_id"]))
