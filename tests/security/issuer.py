"""Identity from its weak side: its signing keys out of the database, its tokens by the gateway's own key."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
from datetime import timedelta
from tempfile import NamedTemporaryFile
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import UUID

import aiohttp
import asyncpg
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc.jwk import ECKey

from nmo_identity.oidc_provider.commands.rotate_keys import key_place
from nmo_kit import clock
from nmo_kit.crypto import FieldCipher
from nmo_kit.http import ASSERTION_TYPE, client_assertion
from nmo_local import secret_files, system
from nmo_local.infra import Infra
from nmo_local.paths import ROOT
from nmo_testkit.forgery import Forger
from tests.conftest import Portal
from tests.e2e.visitor import Visitor

CLIENT = "nmo-cli"
EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS_TYPE = "urn:ietf:params:oauth:token-type:access_token"


class Issuer:
    """Everything that makes tokens of the running system."""

    def __init__(self, portal: Portal) -> None:
        """Nothing is opened yet."""
        self._portal = portal
        self._client = aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=30)
        )

    async def __aenter__(self) -> Self:
        """Open the door to identity's database."""
        address = self._portal.demo["postgres"].rpartition("/")[0]
        self._db = await asyncpg.connect(f"{address}/{system.database_name('identity')}")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close connections."""
        await self._db.close()
        await self._client.close()

    async def signing_key(self, kid: str) -> ECKey:
        """The private key that signed a token."""
        sealed = await self._db.fetchval("select private_sealed from signing_key where kid = $1", kid)
        return _key(_cipher().decrypt(sealed, aad=key_place(kid)), kid)

    async def retired_key(self) -> ECKey:
        """A key that identity has retired: it stands in the table of keys as one that was used until yesterday."""
        made = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"})
        kid = made.thumbprint()
        key = _key(made.as_pem(private=True).decode(), kid)
        now = clock.now()
        await self._db.execute(
            "insert into signing_key (kid, private_sealed, public_jwk, created_at, active_from, retired_at)"
            " values ($1, $2, $3, $4, $4, $5)",
            kid,
            _cipher().encrypt(made.as_pem(private=True).decode(), aad=key_place(kid)),
            json.dumps({**key.as_dict(private=False), "kid": kid}),
            now - timedelta(days=30),
            now - timedelta(days=1),
        )
        return key

    async def outside_tokens(self, visitor: Visitor, scope: str = "openid profile api") -> dict[str, Any]:
        """Tokens of a person's program: access token for the gateway, id token."""
        told = self._portal.demo["clients"][CLIENT]
        verifier = secrets.token_urlsafe(48)
        query = {
            "response_type": "code",
            "client_id": CLIENT,
            "redirect_uri": told["redirect_uri"],
            "scope": scope,
            "state": "s",
            "code_challenge": create_s256_code_challenge(verifier),
            "code_challenge_method": "S256",
        }
        back = await visitor.walk(
            f"{self._portal.url}/oauth2/authorize?{urlencode(query)}", told["redirect_uri"]
        )
        form = {
            "grant_type": "authorization_code",
            "code": parse_qs(urlsplit(back).query)["code"][0],
            "redirect_uri": told["redirect_uri"],
            "client_id": CLIENT,
            "code_verifier": verifier,
        }
        return await self._form(form)

    async def partner_token(self) -> str:
        """An outside token of the demo's partner."""
        form = {"grant_type": "client_credentials", "scope": "partner", "client_id": system.PARTNER}
        answer = await self._form({**form, "client_secret": self._portal.partner["client_secret"]})
        return str(answer["access_token"])

    async def service_token(self, client_id: str, audience: str) -> str:
        """A token of a service in its own name, as the service itself asks for it."""
        form = {"grant_type": "client_credentials", "audience": audience}
        return str((await self._form({**form, **_proof(client_id)}))["access_token"])

    async def hop_token(self, outside: str, audience: str) -> str:
        """The token for one service that the gateway makes of an outside one."""
        form = {
            "grant_type": EXCHANGE,
            "audience": audience,
            "subject_token": outside,
            "subject_token_type": ACCESS_TYPE,
        }
        return str((await self._form({**form, **_proof("gateway")}))["access_token"])

    async def forger(self, token: str, retired: ECKey, elsewhere: str) -> Forger:
        """Whoever has this token and every key that they should not have."""
        forger = Forger(
            token=token,
            key=retired,
            retired=retired,
            stranger=ECKey.import_key(secret_files.signing_key("applications").read_text()),
            elsewhere=elsewhere,
        )
        key = await self.signing_key(forger.header["kid"])
        return Forger(token, key, retired, forger.stranger, elsewhere)

    def proof(self, client_id: str) -> str:
        """What a service proves itself by to identity; it is no access token anywhere."""
        return _proof(client_id)["client_assertion"]

    async def rotate_keys(self, *arguments: str) -> str:
        """`python -m nmo_identity rotate-keys …` as an operator runs it; the id of the next key."""
        return (await self._command("rotate-keys", *arguments)).split()[-1]

    async def grant(self, snils: str, role: str, organization_id: str) -> None:
        """Give the holder of a number a role, as an installation does it: by a file of grants."""
        one = {"snils": snils, "role": role, "organization_id": organization_id}
        with NamedTemporaryFile("w", suffix=".json") as file:
            file.write(json.dumps({"grants": [one]}))
            file.flush()
            await self._command("seed", NMO_IDENTITY_SEED_FILE=file.name)

    async def membership(self, role: str, organization_id: str) -> str:
        """Somebody's role at an organisation, by its id."""
        query = "select id from membership where role = $1 and organization_id = $2 and revoked_at is null"
        return str(await self._db.fetchval(query, role, UUID(organization_id)))

    async def set_back(self, person_id: str, statements: tuple[str, ...]) -> None:
        """Change a person's state in the tables; tokens made before are stale."""
        async with self._db.transaction():
            for statement in statements:
                await self._db.execute(statement, UUID(person_id))
            await self._db.execute("update person set version = version + 1 where id = $1", UUID(person_id))

    async def _command(self, *arguments: str, **environment: str) -> str:
        servers = Infra(
            self._portal.demo["postgres"],
            self._portal.demo["broker"]["amqp"],
            self._portal.demo["broker"]["management"],
        )
        kept = {name: value for name, value in os.environ.items() if not name.startswith("NMO_")}
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "nmo_identity", *arguments,
            env={**kept, **system.service_environment(servers, "identity"), **environment},
            cwd=ROOT,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        output, _ = await process.communicate()
        assert process.returncode == 0, output.decode()
        return output.decode()

    async def _form(self, form: dict[str, str]) -> dict[str, Any]:
        async with self._client.post(f"{system.url('identity')}/oauth2/token", data=form) as answer:
            body: dict[str, Any] = await answer.json()
            assert answer.status == 200, body
            return body


def _key(pem: str, kid: str) -> ECKey:
    return ECKey.import_key(pem, {"kid": kid})


def _cipher() -> FieldCipher:
    return FieldCipher.from_files(
        secret_files.field_key("field_identity"), secret_files.field_key("index_identity")
    )


def _proof(client_id: str) -> dict[str, str]:
    key = ECKey.import_key(secret_files.signing_key(client_id).read_text())
    return {
        "client_id": client_id,
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": client_assertion(key, client_id=client_id, audience=system.PUBLIC_URL),
    }
