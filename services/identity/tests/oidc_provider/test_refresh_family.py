"""Refresh tokens: whatever is tried, one live token a family; theft ends it, a race does not (RFC 9700 4.14)."""

import asyncio
from typing import Any
from urllib.parse import parse_qs

import httpx2
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from sqlalchemy import text

from nmo_testkit.stateful import run_machine

pytestmark = pytest.mark.req("SSO-11", "T11")
CALLBACK = "http://127.0.0.1:8199/callback"


async def first_tokens(portal: Any, helpers: Any) -> dict[str, Any]:
    handle = (await portal.sign_in())["session"]["handle"]
    verifier, challenge = helpers.pkce()
    query = {
        "response_type": "code",
        "client_id": "nmo-cli",
        "redirect_uri": CALLBACK,
        "scope": "openid offline_access",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = await portal.client.get("/oauth2/authorize", params=query, headers=await portal.headers(handle))
    form = {
        "grant_type": "authorization_code",
        "client_id": "nmo-cli",
        "code": parse_qs(answer.headers["location"].partition("?")[2])["code"][0],
        "redirect_uri": CALLBACK,
        "code_verifier": verifier,
    }
    found: dict[str, Any] = (await portal.client.post("/oauth2/token", data=form)).json()
    return found


async def refresh(portal: Any, token: str) -> httpx2.Response:
    form = {"grant_type": "refresh_token", "client_id": "nmo-cli", "refresh_token": token}
    answer: httpx2.Response = await portal.client.post("/oauth2/token", data=form)
    return answer


@pytest.mark.parametrize("at_once", [2, 8])
async def test_of_requests_at_once_one_wins_and_the_family_lives(
    portal: Any, helpers: Any, at_once: int
) -> None:
    token = (await first_tokens(portal, helpers))["refresh_token"]
    for _ in range(5):
        answers = await asyncio.gather(*(refresh(portal, token) for _ in range(at_once)))
        won = [answer for answer in answers if answer.status_code == 200]
        assert len(won) == 1
        assert {answer.json()["error"] for answer in answers if answer not in won} == {"invalid_grant"}
        token = won[0].json()["refresh_token"]
    assert (await refresh(portal, token)).status_code == 200, "the family lives"
    assert not await portal.journal("action = 'oidc.refresh_reused'")


async def test_a_use_after_the_answer_is_theft(portal: Any, helpers: Any) -> None:
    first = await first_tokens(portal, helpers)
    second = (await refresh(portal, first["refresh_token"])).json()
    assert (await refresh(portal, first["refresh_token"])).json()["error"] == "invalid_grant"
    assert (await refresh(portal, second["refresh_token"])).json()["error"] == "invalid_grant"
    info = {"Authorization": f"Bearer {second['access_token']}"}
    assert (await portal.client.get("/oauth2/userinfo", headers=info)).status_code == 401
    (row,) = await portal.journal("action = 'oidc.refresh_reused'")
    assert row["result"] == "refused"


class Family(RuleBasedStateMachine):
    """A client and a thief with whatever tokens they saw, in any order."""

    def __init__(self, do: Any, portal: Any, helpers: Any) -> None:
        super().__init__()
        self.do, self.portal, self.helpers = do, portal, helpers
        self.tokens: list[str] = []
        self.access: list[str] = []
        self.alive = True

    @initialize()
    def sign_in(self) -> None:
        self.do(self._forget_thefts())
        found = self.do(first_tokens(self.portal, self.helpers))
        self.tokens, self.access, self.alive = [found["refresh_token"]], [found["access_token"]], True

    @rule()
    def use_the_newest(self) -> None:
        answer = self.do(refresh(self.portal, self.tokens[-1]))
        assert (answer.status_code == 200) is self.alive
        if self.alive:
            self.tokens.append(answer.json()["refresh_token"])
            self.access.append(answer.json()["access_token"])

    @precondition(lambda self: len(self.tokens) > 1)
    @rule(data=st.data())
    def use_an_old_one(self, data: st.DataObject) -> None:
        old = data.draw(st.sampled_from(self.tokens[:-1]))
        assert self.do(refresh(self.portal, old)).json()["error"] == "invalid_grant"
        self.alive = False

    @rule()
    def revoke_the_newest(self) -> None:
        self.do(
            self.portal.client.post("/oauth2/revoke", data={"client_id": "nmo-cli", "token": self.tokens[-1]})
        )
        self.alive = False

    @invariant()
    def access_lives_with_the_family(self) -> None:
        if self.access:
            headers = {"Authorization": f"Bearer {self.access[-1]}"}
            answer = self.do(self.portal.client.get("/oauth2/userinfo", headers=headers))
            assert (answer.status_code == 200) is self.alive

    @invariant()
    def one_token_at_most_can_be_used(self) -> None:
        if self.tokens:
            assert self.do(self._usable()) <= 1

    async def _forget_thefts(self) -> None:
        """Thefts of many families would be enough to freeze the one person's way in."""
        async with self.portal.db.write() as session:
            await session.execute(text("set local session_replication_role = replica"))
            await session.execute(text("delete from journal"))

    async def _usable(self) -> int:
        async with self.portal.db.read() as session:
            found = await session.execute(
                text(
                    "select coalesce(max(n), 0) from (select count(*) n from refresh_token "
                    "where consumed_at is null and revoked_at is null group by family_id) f"
                )
            )
            return int(found.scalar_one())


async def test_no_sequence_revives_a_dead_family(portal: Any, helpers: Any) -> None:
    await run_machine(lambda do: Family(do, portal, helpers))
