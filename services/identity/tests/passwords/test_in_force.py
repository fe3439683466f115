"""REG-06: the rules in force where a password is set, under both profiles; whose passwords grow old."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from nmo_identity.accounts.rules import ProofLevel
from nmo_identity.accounts.tables import Account
from nmo_identity.local_accounts.commands.notify_age import notify_age
from nmo_identity.passwords import hashing
from nmo_identity.recovery.commands.prepare import prepare_recoveries
from nmo_identity.second_factor.tables import SecondFactor
from nmo_kit import clock

pytestmark = pytest.mark.usefixtures("cheap_hashing")
CLASSES = ["Рысь-9-Туман!", "Лось-7-Клюква!", "Ёж-5-Черника!"]
"""Short, of all classes: what `seed` promises to take."""
PHRASES = ["тихая рысь бродит ночью", "сорока уносит варенье", "лосю нравится брусника"]
"""Long, of one class: what `modern` takes."""
TAKEN = {"seed": CLASSES, "modern": PHRASES}
REFUSED = {"seed": (PHRASES, "classes"), "modern": (CLASSES, "too_short")}


@pytest.mark.req("REG-06", "REG-01", "REG-07", "P01")
@pytest.mark.parametrize("profile", ["seed", "modern"])
async def test_registration_change_and_recovery_take_what_the_profile_takes(
    portal: Any, newcomer: Any, monkeypatch: pytest.MonkeyPatch, profile: str
) -> None:
    monkeypatch.setattr(hashing.current(), "profile", profile)
    taken, (refused, code) = TAKEN[profile], REFUSED[profile]
    person = newcomer()

    def faults(answer: Any) -> list[str]:
        assert answer.status_code == 422, answer.text
        return [fault["code"] for fault in answer.json()["errors"]]

    await person.register()
    (letter,) = await person.letters("registration")
    handle = (await person.sign_in(letter["secret"])).json()["session"]["handle"]
    assert code in faults(await person.set_password(handle, refused[0])), "after the registration"
    assert (await person.set_password(handle, taken[0])).status_code == 204
    await person.confirm(letter["token"])

    present = {"current_password": taken[0]}
    assert code in faults(await person.set_password(handle, refused[1], **present)), "at the change"
    assert (await person.set_password(handle, taken[1], **present)).status_code == 204

    recovery = "/api/v1/password/recovery"
    asked = await portal.client.post(recovery, json={"contact": person.email})
    waiting = asked.json()["handle"]
    await prepare_recoveries(portal.db, portal.runtime.extras["cipher"], now=clock.now())
    (sent,) = await person.letters("recovery_code")
    proof = {"handle": waiting, "code": sent["code"]}
    assert (await portal.client.post(f"{recovery}/code", json=proof)).status_code == 204

    async def new(password: str) -> Any:
        return await portal.client.post(
            f"{recovery}/password", json={"handle": waiting, "password": password}
        )

    assert code in faults(await new(refused[2])), "at the recovery"
    assert (await new(taken[2])).status_code == 204
    assert (await person.sign_in(taken[2])).json()["person"]["entry"] == "unmatched"


async def tie(portal: Any, who: Any, what: str) -> None:
    """Give a person something beside the password."""
    now = clock.now()
    async with portal.db.write() as session:
        if what == "app":
            session.add(
                SecondFactor(account_id=who.account_id, kind="totp", created_at=now, confirmed_at=now)
            )
        if "ЕСИА" in what:
            session.add(
                Account(
                    person_id=who.person_id,
                    provider_key="esia",
                    issuer="http://esia.stand-in/",
                    subject=what,
                    state="closed" if what == "ЕСИА, untied again" else "active",
                    level=ProofLevel.SELF_TYPED if what == "ЕСИА, unconfirmed" else ProofLevel.ESIA_PROVEN,
                    created_at=now,
                    last_login_at=now,
                )
            )


@pytest.mark.req("REG-06", "P02")
@pytest.mark.parametrize(
    ("beside", "settings", "over"),
    [
        ("nothing", {}, True),
        ("app", {}, False),
        ("ЕСИА", {}, False),
        ("ЕСИА, untied again", {}, True),
        ("ЕСИА, unconfirmed", {}, True),
        ("app", {"age_lifted": False}, True),
        ("ЕСИА", {"age_lifted": False}, True),
        ("nothing", {"max_age_days": 120}, False),
        ("nothing", {"max_age_days": 0}, False),
    ],
)
async def test_only_a_password_that_stands_alone_grows_old_as_set(
    portal: Any,
    people: Any,
    monkeypatch: pytest.MonkeyPatch,
    beside: str,
    settings: dict[str, Any],
    over: bool,
) -> None:
    for name, value in settings.items():
        monkeypatch.setattr(hashing.current(), name, value)
    who = await people.make(password=CLASSES[0])
    await tie(portal, who, beside)

    async def aged(days: int) -> None:
        async with portal.db.write() as session:
            at = clock.now() - timedelta(days=days)
            await session.execute(text("update local_credential set set_at = :at"), {"at": at})

    await aged(80)
    assert await notify_age(portal.db, people.cipher, now=clock.now()) == int(over)
    assert len(await people.letters("password_expires")) == int(over)
    await aged(91)
    body = {"login": who.email, "password": CLASSES[0], "ip": "203.0.113.9"}
    answer = await portal.client.post(
        "/internal/local/login", json=body, headers=await portal.service_headers()
    )
    assert answer.status_code == 200, answer.text
    if "pending" in answer.json():
        async with portal.db.read() as session:
            owed = (await session.execute(text("select restrictions from pending_sign_in"))).scalar_one()
    else:
        owed = (await portal.me(answer.json()["session"]["handle"]))["restrictions"]
    assert owed == (["must_change_password"] if over else [])
