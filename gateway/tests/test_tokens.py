"""Exchange of tokens: proof of the gateway itself, one flight for all, nothing stale after a change (security D4)."""

import asyncio
import json

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import ECKey

from nmo_gateway.service_errors import ServiceDown, SessionEnded
from nmo_gateway.tokens import Subject, TokenExchange
from nmo_testkit.wait import until

SUBJECT = Subject("session:1", "handle", "urn:nmo:params:oauth:token-type:session")


@pytest.fixture
def exchange(running, key_files):
    key = ECKey.import_key(key_files["signing_key_file"].read_text())
    return TokenExchange(running.gateway.upstreams, key, running.settings.public_url)


class Counter:
    """A token endpoint that waits when told to, and numbers its tokens."""

    def __init__(self, lifetime_s=120):
        self.forms = []
        self.open = asyncio.Event()
        self.open.set()
        self.lifetime_s = lifetime_s

    async def __call__(self, request):
        self.forms.append(dict(await request.post()))
        number = len(self.forms)
        await self.open.wait()
        return web.json_response({"access_token": f"token-{number}", "expires_in": self.lifetime_s})


@pytest.mark.req("GWY-02")
async def test_gateway_proves_itself_by_its_key(running, exchange, key_files):
    endpoint = running.identity.answers["/oauth2/token"] = Counter()
    await exchange.get(SUBJECT, "cycles")
    await exchange.get(SUBJECT, "catalog")
    key = ECKey.import_key(key_files["signing_key_file"].read_text())
    seen = set()
    for form in endpoint.forms:
        assertion = jwt.decode(form["client_assertion"], key, algorithms=["ES256"]).claims
        assert (assertion["iss"], assertion["sub"], assertion["aud"]) == (
            "gateway",
            "gateway",
            running.settings.public_url,
        )
        assert assertion["exp"] - assertion["iat"] <= 60
        seen.add(assertion["jti"])
        assert (form["subject_token"], form["subject_token_type"]) == (SUBJECT.token, SUBJECT.token_type)
        assert "client_secret" not in json.dumps(form)
    assert len(seen) == 2
    assert [form["audience"] for form in endpoint.forms] == ["cycles", "catalog"]


async def test_token_that_was_on_its_way_when_rights_changed_is_not_kept(running, exchange):
    endpoint = running.identity.answers["/oauth2/token"] = Counter()
    endpoint.open.clear()
    waiting = asyncio.create_task(exchange.get(SUBJECT, "cycles"))

    async def asked():
        return endpoint.forms

    await until(asked)
    exchange.drop(SUBJECT.key)
    endpoint.open.set()
    assert (await waiting).value == "token-1"
    assert (await exchange.get(SUBJECT, "cycles")).value == "token-2"
    assert (await exchange.get(SUBJECT, "cycles")).value == "token-2"


async def test_request_that_goes_away_takes_no_token_from_the_others(running, exchange):
    endpoint = running.identity.answers["/oauth2/token"] = Counter()
    endpoint.open.clear()
    first = asyncio.create_task(exchange.get(SUBJECT, "cycles"))
    second = asyncio.create_task(exchange.get(SUBJECT, "cycles"))

    async def asked():
        return endpoint.forms

    await until(asked)
    first.cancel()
    endpoint.open.set()
    assert (await second).value == "token-1"
    assert len(endpoint.forms) == 1


async def test_token_is_renewed_twenty_seconds_before_its_end(running, exchange):
    endpoint = running.identity.answers["/oauth2/token"] = Counter(lifetime_s=20)
    await exchange.get(SUBJECT, "cycles")
    await exchange.get(SUBJECT, "cycles")
    assert len(endpoint.forms) == 2


async def test_drop_touches_one_subject_only(running, exchange):
    endpoint = running.identity.answers["/oauth2/token"] = Counter()
    other = Subject("session:2", "other", SUBJECT.token_type)
    for subject in (SUBJECT, other):
        await exchange.get(subject, "cycles")
    exchange.drop(SUBJECT.key)
    for subject in (SUBJECT, other):
        await exchange.get(subject, "cycles")
    assert len(endpoint.forms) == 3


@pytest.mark.req("GWY-02")
@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "invalid_grant"}, SessionEnded),
        (401, {"error": "invalid_client"}, ServiceDown),
        (400, {"error": "invalid_target"}, ServiceDown),
        (200, {"access_token": 5}, ServiceDown),
        (200, [], ServiceDown),
        (302, {}, ServiceDown),
        (500, {}, ServiceDown),
    ],
)
async def test_every_other_answer_is_a_refusal(running, exchange, status, body, error):
    async def refuse(_request):
        return web.json_response(body, status=status)

    running.identity.answers["/oauth2/token"] = refuse
    for _ in range(2):
        with pytest.raises(error):
            await exchange.get(SUBJECT, "cycles")
    assert len(running.identity.requests) == 2
