"""The service as a whole: schema and models agree, seed is repeatable, settings refuse nonsense."""

import json
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from nmo_identity.app import build
from nmo_identity.base import Model
from nmo_identity.policy import POLICY
from nmo_identity.providers.config import read_providers
from nmo_identity.seed import SeedFile, seed
from nmo_identity.upkeep import remove_expired
from nmo_kit.auth import routes_of
from nmo_kit.migrate import differences


async def test_models_and_schema_agree(portal: Any) -> None:
    url = portal.db.engines[0].url.set(drivername="postgresql").render_as_string(hide_password=False)
    assert await differences(url, Model.metadata) == []


async def test_seed_can_be_repeated(portal: Any) -> None:
    async def counts() -> list[int]:
        tables = ("consent_text", "role_grant", "oidc_client", "signing_key", "journal")
        async with portal.db.read() as session:
            queries = [text(f"select count(*) from {table}") for table in tables]  # noqa: S608 names of this list
            return [(await session.execute(query)).scalar_one() for query in queries]

    before = await counts()
    await seed(portal.runtime, demo=True)
    assert await counts() == before


@pytest.mark.parametrize(
    "content",
    [
        {"grants": [{"snils": "123-456-789 65", "role": "admin"}]},
        {"grants": [{"snils": "12345678964", "role": "owner"}]},
        {"clients": [{"client_id": "x-client", "kind": "confidential", "scopes": ["partner"]}]},
        {"clients": [{"client_id": "x-client", "kind": "public", "scopes": [], "secret_file": "/x"}]},
        {"people": []},
    ],
)
def test_seed_file_is_checked_without_repeating_its_values(content: dict[str, Any]) -> None:
    with pytest.raises(ValueError) as caught:
        SeedFile.model_validate_json(json.dumps(content))
    assert "123-456" not in str(caught.value)


def test_providers_are_told_apart(tmp_path: Path) -> None:
    assert read_providers(None) == []
    one = {
        "key": "a", "kind": "oidc", "title": "А", "base_url": "http://127.0.0.1/", "issuer": "i", "client_id": "c",
        "scopes": "openid", "client_secret_file": "/x",
    }  # fmt: skip
    file = tmp_path / "providers.json"
    file.write_text(json.dumps([{**one, "key": "aa"}, {**one, "key": "bb"}]))
    with pytest.raises(ValueError, match="issuer"):
        read_providers(file)
    file.write_text(json.dumps([{**one, "key": "aa", "leeway_s": 120}]))
    with pytest.raises(ValueError, match="leeway_s"):
        read_providers(file)


def test_every_route_has_a_rule(portal_module: Any) -> None:
    app = portal_module.client._transport.app
    actions = set(routes_of(app).values())
    assert actions == set(POLICY)
    assert len(routes_of(app)) >= 24
    public = {name for name in POLICY if POLICY[name].public}
    open_to_all = ("identity.oidc.", "identity.recovery.", "identity.registration.")
    assert all(name.startswith(open_to_all) for name in public - {"identity.keys.read"})


async def test_expired_rows_go(portal: Any, flow_id: str) -> None:
    await portal.start(flow_id)
    await remove_expired(portal.db)
    async with portal.db.write() as session:
        assert (await session.execute(text("select count(*) from login_flow"))).scalar_one() == 1
        await session.execute(text("update login_flow set expires_at = now() - interval '2 days'"))
    await remove_expired(portal.db)
    async with portal.db.read() as session:
        assert (await session.execute(text("select count(*) from login_flow"))).scalar_one() == 0


def test_service_is_whole() -> None:
    service = build()
    assert service.name == "identity"
    assert set(service.commands) >= {"rotate-keys"}
