"""The verifier against forged and misdirected tokens; the key cache against floods, changes and outages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from nmo_kit import clock
from nmo_kit.errors import Unavailable
from nmo_kit.principal import Principal
from nmo_kit.tokens import JwksCache, TokenRefused, TokenStale, TokenVerifier
from nmo_testkit.forgery import FORGERIES, Forger
from nmo_testkit.tokens import TokenFactory

AUDIENCE, ELSEWHERE = "cycles", "registry"
ENOUGH = 120
FACTORY, LATER = TokenFactory(), TokenFactory()
ORGANIZATION = "01890000-0000-7000-8000-000000000001"


def mint(**claims: Any) -> str:
    return FACTORY.mint(aud=AUDIENCE, **claims)


class Issuer:
    """An issuer whose keys and health the test decides on."""

    def __init__(self, *factories: TokenFactory) -> None:
        self.factories = list(factories)
        self.down = False
        self.reads = 0
        self.versions: dict[str, int] = {}

    async def fetch(self) -> Mapping[str, Any]:
        self.reads += 1
        if self.down:
            raise OSError
        keys = [key for factory in self.factories for key in factory.jwks["keys"]]
        return {"keys": keys, "versions": self.versions}

    def verifier(self) -> TokenVerifier:
        return TokenVerifier(JwksCache(self.fetch), issuer=FACTORY.issuer, audience=AUDIENCE)


@pytest.fixture
def forger() -> Forger:
    return FACTORY.forger(aud=AUDIENCE, elsewhere=ELSEWHERE, org=ORGANIZATION, spec=ORGANIZATION, authz_ver=1)


def test_forgeries_are_many_and_differ(forger: Forger) -> None:
    made = {make(forger) for make in FORGERIES.values()}
    assert len(made) >= ENOUGH
    assert len(made) == len(FORGERIES), "two cases make the same token"
    assert forger.token not in made


@pytest.mark.req("ROL-01")
@pytest.mark.parametrize("name", FORGERIES)
async def test_forged_or_misdirected_token_is_refused(forger: Forger, name: str) -> None:
    verifier = FACTORY.verifier(AUDIENCE)
    with pytest.raises(TokenRefused):
        await verifier.verify(FORGERIES[name](forger))
    assert await verifier.verify(forger.token), "the genuine one is accepted by the same verifier"


async def test_forger_with_nothing_wrong_is_accepted(forger: Forger) -> None:
    verifier = FACTORY.verifier(AUDIENCE)
    for token in (
        forger.signed(),
        forger.with_claims(aud=[AUDIENCE]),
        forger.with_claims(azp=forger.claims["client_id"]),
        forger.with_claims(nbf=forger.claims["iat"]),
        forger.with_claims(unknown="x"),
        forger.with_claims(roles=[]),
    ):
        assert await verifier.verify(token)


async def test_good_token_is_read() -> None:
    claims = await FACTORY.verifier(AUDIENCE).verify(mint(org=ORGANIZATION))
    principal = Principal.from_claims(claims)
    assert principal.roles == {"specialist"}
    assert str(principal.organization_id) == ORGANIZATION
    assert principal.consent is True


async def test_cached_token_still_expires() -> None:
    verifier = FACTORY.verifier(AUDIENCE)
    token = mint()
    await verifier.verify(token)
    clock.set_offset(200)
    try:
        with pytest.raises(TokenRefused) as refused:
            await verifier.verify(token)
        assert refused.value.reason == "expired"
    finally:
        clock.set_offset(0)


async def test_flood_of_unknown_keys_makes_one_read(forger: Forger) -> None:
    issuer = Issuer(FACTORY)
    verifier = issuer.verifier()
    await verifier.verify(mint())
    for number in range(50):
        with pytest.raises(TokenRefused):
            await verifier.verify(forger.with_header(kid=f"x{number}"))
    assert issuer.reads == 1


async def test_many_at_once_wait_for_one_read() -> None:
    issuer = Issuer(FACTORY)
    verifier = issuer.verifier()
    async with asyncio.TaskGroup() as group:
        for _ in range(50):
            group.create_task(verifier.verify(mint()))
    assert issuer.reads == 1


async def test_revoked_key_is_refused_though_its_token_was_accepted_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    issuer = Issuer(FACTORY, LATER)
    verifier = issuer.verifier()
    token = mint()
    await verifier.verify(token)
    issuer.factories = [LATER]
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    with pytest.raises(TokenRefused) as refused:
        await verifier.verify(token)
    assert refused.value.reason == "unknown_kid"
    assert await verifier.verify(LATER.mint(aud=AUDIENCE))


async def test_new_key_is_known_as_soon_as_keys_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(FACTORY)
    verifier = issuer.verifier()
    await verifier.verify(mint())
    issuer.factories.append(LATER)
    with pytest.raises(TokenRefused):
        await verifier.verify(LATER.mint(aud=AUDIENCE))
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    assert await verifier.verify(LATER.mint(aud=AUDIENCE))


async def test_keys_outlive_the_issuer_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(FACTORY)
    verifier = issuer.verifier()
    await verifier.verify(mint())
    issuer.down = True
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    await verifier.verify(mint())
    assert issuer.reads == 2
    monkeypatch.setattr(JwksCache, "STALE_S", -1.0)
    with pytest.raises(Unavailable):
        await verifier.verify(mint())


async def test_nobody_waits_for_an_issuer_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    issuer = Issuer(FACTORY)
    verifier = issuer.verifier()
    await verifier.verify(mint())
    issuer.down = True
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    await verifier.verify(mint())
    hanging = asyncio.Event()

    async def hang() -> Mapping[str, Any]:
        await hanging.wait()
        return await Issuer(FACTORY).fetch()

    monkeypatch.setattr(verifier._keys, "_fetch", hang)
    async with asyncio.timeout(5):
        assert await verifier.verify(mint())
    hanging.set()


async def test_issuer_down_from_the_start_is_unavailable_not_allowed() -> None:
    issuer = Issuer(FACTORY)
    issuer.down = True
    with pytest.raises(Unavailable):
        await issuer.verifier().verify(mint())


@pytest.mark.req("P20", "T11", "T15")
async def test_token_made_before_the_rights_changed_is_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(JwksCache, "FRESH_S", 0.0)
    issuer = Issuer(FACTORY)
    verifier = issuer.verifier()
    old, stranger = mint(sub=ORGANIZATION, authz_ver=4), mint(authz_ver=1)
    service = mint(sub="catalog", roles=["service"])
    await verifier.verify(old)
    issuer.versions = {ORGANIZATION: 5}
    with pytest.raises(TokenStale) as refused:
        await verifier.verify(old)
    assert (refused.value.status, refused.value.code) == (401, "token_stale")
    assert 'error="invalid_token"' in str(refused.value.fields)
    assert await verifier.verify(mint(sub=ORGANIZATION, authz_ver=5))
    assert await verifier.verify(stranger)
    assert await verifier.verify(service)
