"""Suspicious signs freeze an account until ЕСИА or support thaws it (promise 21); failures alone never do."""

from typing import Any

import pytest
from sqlalchemy import text

from nmo_identity.accounts.commands.thaw import thaw_account
from nmo_identity.accounts.tables import Account
from nmo_identity.risk.rules import SIGNS, is_suspicious
from nmo_kit import clock

pytestmark = pytest.mark.req("P21")
SAME = ["192.0.2.0/24"]
THREE = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"]


@pytest.mark.parametrize(
    ("times", "networks", "known", "frozen"),
    [
        (9, THREE, False, False),
        (10, THREE, False, True),
        (10, THREE[:2], False, False),
        (200, SAME, False, False),
        (200, THREE, True, False),
    ],
)
def test_table_of_right_passwords(times: int, networks: list[str], *, known: bool, frozen: bool) -> None:
    seen = [networks[step % len(networks)] for step in range(times)]
    found = is_suspicious("right_password", networks=seen, from_network="198.18.0.0/24", known=known)
    assert found is frozen


@pytest.mark.parametrize("occasion", ["refresh_reused", "session_reused"])
def test_table_of_copies(occasion: Any) -> None:
    assert not is_suspicious(occasion, networks=SAME, from_network="", known=False)
    assert is_suspicious(occasion, networks=SAME * 2, from_network="", known=False)
    assert {sign.action for sign in SIGNS.values()} == {
        "login.refused",
        "oidc.refresh_reused",
        "session.reused",
    }


async def rested(portal: Any) -> None:
    """Time passes for the counters of tries and networks."""
    async with portal.db.write() as session:
        for table in ("rate_limit", "login_counter"):
            await session.execute(text(f"delete from {table}"))  # noqa: S608 names of the line above


async def guessed(portal: Any, owner: Any, newcomer: Any, times: int) -> Any:
    """So many wrong passwords from three networks, slowly, and then the right one from a fourth."""
    stranger = newcomer(owner.email)
    for step in range(times):
        stranger.ip = THREE[step % 3].replace("0/24", "9")
        assert (await stranger.sign_in(f"Guess-{step}-Pass!")).status_code in {401, 403, 422}
        await rested(portal)
    stranger.ip = "198.18.0.9"
    return await stranger.sign_in()


@pytest.mark.req("T11")
async def test_guessed_password_opens_nothing_and_freezes(portal: Any, newcomer: Any) -> None:
    owner = newcomer()
    handle = await owner.settle()
    answer = await guessed(portal, owner, newcomer, 10)
    assert (answer.status_code, answer.json()["code"]) == (403, "account_frozen")
    assert (await portal.exchange(handle)).status_code == 400, "its sessions end"
    (letter,) = await owner.letters("account_frozen_risk")
    assert letter
    assert (await owner.sign_in()).json()["code"] == "account_frozen", "the owner is told what to do"
    async with portal.db.write() as session:
        (row,) = (await session.execute(text("select id from account"))).all()
        account = await session.get_one(Account, row.id)
        assert await thaw_account(
            session, account, by="support", proof="NMO-0000001", cipher=portal.runtime.extras["cipher"],
            now=clock.now(),
        )  # fmt: skip
    assert (await owner.sign_in()).status_code == 200
    reasons = [(row["action"], row["reason"]) for row in await portal.journal("action like 'account.%'")]
    assert ("account.frozen", "risk") in reasons
    assert ("account.thawed", "NMO-0000001") in reasons


@pytest.mark.req("T08")
async def test_failures_alone_freeze_nobody(portal: Any, newcomer: Any) -> None:
    """Or anybody could close anybody's account: the owner comes in from their own browser whatever was tried."""
    owner = newcomer()
    await owner.settle()
    assert (await owner.sign_in()).status_code == 200
    stranger = newcomer(owner.email)
    for step in range(12):
        stranger.ip = THREE[step % 3].replace("0/24", "9")
        await stranger.sign_in(f"Guess-{step}-Pass!")
        await rested(portal)
    assert (await owner.sign_in()).status_code == 200
    assert await portal.journal("action = 'risk.noticed'") == []


async def test_second_hit_on_an_old_session_id_freezes(portal: Any, newcomer: Any) -> None:
    owner = newcomer()
    await owner.settle()
    codes = []
    for _ in range(2):
        handle = (await owner.sign_in()).json()["session"]["handle"]
        await portal.client.post(
            "/internal/login/logout",
            json={"handle": handle, "reason": "reuse"},
            headers=await portal.service_headers(),
        )
        codes.append((await owner.sign_in()).status_code)
    assert codes == [200, 403]
