"""Sign-in through a plain OpenID Connect provider (SSO-07): code flow, PKCE, nonce, our own checks."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from nmo_identity.oidc_client.claims import Claims
from nmo_identity.oidc_client.id_token import IdTokenRules, check_id_token, moment_of, usable_keys
from nmo_identity.oidc_client.logout_token import LogoutRules, UpstreamLogout, check_logout_token
from nmo_identity.providers.config import OidcConfig
from nmo_identity.providers.jws import TokenFault
from nmo_identity.providers.port import Flow, ProvenPerson, ProviderRefusal

DOCUMENT_S = 3600.0
MAX_DOCUMENT = 262_144
SIGN_OUT_S = 2.0
"""How long a person who signs out waits for the provider's document: they are signed out of the portal anyway."""
_ERROR_WORD = re.compile(r"[a-z_]{1,40}")
LOOPBACK = {"127.0.0.1", "::1", "localhost"}
ASK_ANEW = {"prompt": "login", "max_age": "0"}
"""The provider is to ask for the password whatever session it has, and then owes `auth_time` (OpenID Connect Core 3.1.2.1)."""
CANCELLED = {"access_denied", "login_required", "interaction_required", "consent_required"}


class OidcConnector:
    """One configured provider."""

    def __init__(self, config: OidcConfig) -> None:
        """Read the secret; nothing is fetched yet."""
        self._config = config
        self._hosts = {urlsplit(config.base_url).hostname, *config.hosts}
        verify: ssl.SSLContext | bool = True
        if config.ca_file is not None:
            verify = ssl.create_default_context(cafile=str(config.ca_file))
        self._transport: dict[str, Any] = {"verify": verify, "timeout": config.timeout_s, "trust_env": False}
        self._secret = config.client_secret_file.read_text().strip()
        self._http = httpx2.AsyncClient(follow_redirects=False, **self._transport)
        self._documents: dict[str, tuple[float, dict[str, Any]]] = {}

    @property
    def key(self) -> str:
        """Name in addresses."""
        return self._config.key

    @property
    def title(self) -> str:
        """Name people read."""
        return self._config.title

    @property
    def issuer(self) -> str:
        """The configured issuer."""
        return self._config.issuer

    @property
    def hidden(self) -> bool:
        """Whether it is left out where ways to sign in are listed."""
        return self._config.hidden

    @property
    def link_only(self) -> bool:
        """As configured."""
        return self._config.link_only

    def notes(self, now: datetime) -> list[str]:
        """Nothing: its keys come from its own document."""
        del now
        return []

    async def authorize_url(self, flow: Flow, *, now: datetime) -> str:
        """Address of the provider's sign-in page with state, nonce and PKCE challenge; a fresh flow asks to be asked anew.

        Raises:
            ProviderRefusal: the provider does not answer, or answers for another issuer.
        """
        del now
        with self._named():
            endpoints = await self._discovery()
        async with self._oauth() as client:
            url, _ = client.create_authorization_url(
                endpoints["authorization_endpoint"],
                redirect_uri=flow.redirect_uri,
                state=str(flow.state),
                nonce=flow.nonce,
                code_verifier=flow.code_verifier,
                **(ASK_ANEW if flow.fresh else {}),
            )
        return str(url)

    async def finish(self, flow: Flow, query: Mapping[str, str], *, now: datetime) -> ProvenPerson:
        """Exchange the code and check the id token before anything of it is used.

        Raises:
            ProviderRefusal: see the port.
        """
        with self._named():
            try:
                async with asyncio.timeout(self._config.timeout_s):
                    return await self._proven_by(flow, query, now)
            except TimeoutError:
                raise ProviderRefusal("provider_unavailable", "provider_timeout") from None

    async def _proven_by(self, flow: Flow, query: Mapping[str, str], now: datetime) -> ProvenPerson:
        endpoints = await self._discovery()
        code = self._code(flow, query, endpoints)
        answer = await self._exchange(flow, code, endpoints)
        access_token = str(answer.get("access_token", ""))
        try:
            claims = await self._claims(answer.get("id_token"), access_token, endpoints, flow, now)
            person = await self._userinfo(endpoints, access_token, claims)
            return self._proven(claims, person, str(answer["id_token"]))
        except TokenFault as fault:
            raise ProviderRefusal("login_token_invalid", fault.reason) from None

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Put the provider's name on refusals, for people to read."""
        try:
            yield
        except ProviderRefusal as refusal:
            refusal.provider = self._config.title
            raise

    async def logout_url(self, return_to: str) -> str | None:
        """The provider's own sign-out by its discovery document, which is read if it is not at hand.

        None when it names none at a host of its own, or is not to be had within `SIGN_OUT_S`.
        """
        try:
            async with asyncio.timeout(SIGN_OUT_S):
                endpoint = (await self._discovery()).get("end_session_endpoint")
        except (ProviderRefusal, TimeoutError):
            return None
        if not isinstance(endpoint, str) or not self._may_call(endpoint):
            return None
        query = urlencode({"client_id": self._config.client_id, "post_logout_redirect_uri": return_to})
        return f"{endpoint}?{query}"

    def forget_url(self, return_to: str) -> str | None:
        """Nowhere: the request says that the password must be asked for.

        A sign-out there would be told to us by the back channel and end the very session that is to be confirmed.
        """
        del return_to
        return None

    async def logged_out(self, token: str, *, now: datetime) -> UpstreamLogout:
        """Whose sign-in the provider says is over (back-channel logout); its keys are read anew when none fits.

        Raises:
            TokenFault: the token is not to be believed.
            ProviderRefusal: the provider's keys cannot be had.
        """
        config = self._config
        rules = LogoutRules(config.issuer, config.client_id, config.algorithms, now, config.leeway_s)
        endpoints = await self._discovery()
        document = await self._document(endpoints["jwks_uri"])
        try:
            return check_logout_token(token, usable_keys(document, None), rules)
        except TokenFault as fault:
            if fault.reason != "signature":
                raise
        document = await self._document(endpoints["jwks_uri"], fresh_s=30.0)
        return check_logout_token(token, usable_keys(document, None), rules)

    async def close(self) -> None:
        """Close connections."""
        await self._http.aclose()

    def _may_call(self, url: str) -> bool:
        """Only https (plain http on this very machine) at the provider's own host or one the configuration names.

        What a discovery document says is outside input: it must not lead our requests anywhere else (security D13).
        """
        parts = urlsplit(url)
        secure = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)
        return secure and parts.hostname in self._hosts

    def _oauth(self) -> AsyncOAuth2Client:
        """A client of its own for each flow: the library keeps the last token inside it."""
        config = self._config
        return AsyncOAuth2Client(
            client_id=config.client_id,
            client_secret=self._secret,
            token_endpoint_auth_method=config.token_auth,
            scope=config.scopes,
            code_challenge_method="S256",
            follow_redirects=False,
            **self._transport,
        )

    @property
    def _discovery_url(self) -> str:
        return f"{self._config.base_url}/.well-known/openid-configuration"

    async def _discovery(self) -> dict[str, Any]:
        """The provider's document; its issuer must be the configured one, its addresses safe to call."""
        document = await self._document(self._discovery_url)
        if document.get("issuer") != self._config.issuer:
            raise ProviderRefusal("login_provider_error", "discovery_issuer")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(document.get(name), str) or not self._may_call(document[name]):
                raise ProviderRefusal("login_provider_error", "discovery_endpoint")
        return document

    async def _document(self, url: str, *, fresh_s: float = DOCUMENT_S) -> dict[str, Any]:
        known = self._documents.get(url)
        if known is not None and time.monotonic() - known[0] < fresh_s:
            return known[1]
        try:
            answer = await self._http.get(url)
            answer.raise_for_status()
            document = answer.json()
        except (httpx2.HTTPError, ValueError):
            raise ProviderRefusal("provider_unavailable", "discovery_unavailable") from None
        if not isinstance(document, dict) or len(answer.content) > MAX_DOCUMENT:
            raise ProviderRefusal("login_provider_error", "discovery_shape")
        self._documents[url] = time.monotonic(), document
        return document

    def _code(self, flow: Flow, query: Mapping[str, str], endpoints: Mapping[str, Any]) -> str:
        """The callback's code; a foreign issuer is refused before the code is shown to anybody (RFC 9207)."""
        if not hmac.compare_digest(query.get("state", "").encode(), str(flow.state).encode()):
            raise ProviderRefusal("login_state_invalid", "state_differs")
        promised = endpoints.get("authorization_response_iss_parameter_supported") is True
        if query.get("iss", None if promised else self._config.issuer) != self._config.issuer:
            raise ProviderRefusal("login_token_invalid", "callback_issuer")
        if "error" in query:
            code = "login_cancelled" if query["error"] in CANCELLED else "login_provider_error"
            raise ProviderRefusal(code, "provider_" + _word(query["error"]))  # type: ignore[arg-type]
        if not query.get("code"):
            raise ProviderRefusal("login_provider_error", "code_absent")
        return query["code"]

    async def _exchange(self, flow: Flow, code: str, endpoints: Mapping[str, Any]) -> dict[str, Any]:
        try:
            async with self._oauth() as client:
                answer = await client.fetch_token(
                    endpoints["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=flow.redirect_uri,
                    code_verifier=flow.code_verifier,
                )
        except AuthlibBaseError as error:
            word = _word(str(getattr(error, "error", "")))
            refused = "login_replayed" if word == "invalid_grant" else "login_provider_error"
            raise ProviderRefusal(refused, f"provider_{word}") from None  # type: ignore[arg-type]
        except (httpx2.HTTPError, ValueError):
            raise ProviderRefusal("provider_unavailable", "provider_unreachable") from None
        return dict(answer)

    async def _claims(
        self, token: object, access_token: str, endpoints: Mapping[str, Any], flow: Flow, now: datetime
    ) -> dict[str, Any]:
        config = self._config
        rules = IdTokenRules(
            config.issuer,
            config.client_id,
            flow.nonce,
            config.algorithms,
            flow.started_at,
            now,
            config.leeway_s,
        )
        document = await self._document(endpoints["jwks_uri"])
        try:
            return check_id_token(token, access_token, usable_keys(document, None), rules)
        except TokenFault as fault:
            if fault.reason != "id_signature":
                raise
        # The provider may have changed its keys since: look once more, at most every 30 seconds.
        document = await self._document(endpoints["jwks_uri"], fresh_s=30.0)
        return check_id_token(token, access_token, usable_keys(document, None), rules)

    async def _userinfo(
        self, endpoints: Mapping[str, Any], access_token: str, claims: dict[str, Any]
    ) -> dict[str, Any]:
        """Further claims; they must be about the same subject, and never replace those of the token."""
        url = endpoints.get("userinfo_endpoint")
        if not isinstance(url, str) or not self._may_call(url):
            return claims
        headers = {"Authorization": f"Bearer {access_token}"}
        try:
            answer = await self._http.get(url, headers=headers)
            answer.raise_for_status()
            found = answer.json()
        except (httpx2.HTTPError, ValueError):
            raise ProviderRefusal("provider_unavailable", "userinfo_unavailable") from None
        if not isinstance(found, dict) or found.get("sub") != claims["sub"]:
            raise TokenFault("userinfo_subject")
        return {**found, **claims}

    def _proven(self, claims: dict[str, Any], person: dict[str, Any], id_token: str) -> ProvenPerson:
        config = self._config
        told = Claims(person, config.claims)
        last_name, first_name = told.text("last_name"), told.text("first_name")
        if last_name is None or first_name is None:
            raise ProviderRefusal("login_provider_error", "person_incomplete")
        snils = told.snils()
        sid = claims.get("sid")
        return ProvenPerson(
            issuer=config.issuer,
            subject=str(claims["sub"]),
            confirmed=config.confirmed,
            proves_snils=config.confirmed and config.proves_snils and snils is not None,
            last_name=last_name,
            first_name=first_name,
            patronymic=told.text("patronymic"),
            birth_on=told.birth_on(),
            gender=told.gender(),
            citizenship=None,
            snils=snils,
            email=told.contact("email"),
            phone=told.contact("phone"),
            # Never `iat`: a token is new each time, whoever let the person pass (security L2).
            auth_time=moment_of(claims, "auth_time") if "auth_time" in claims else None,
            acr="oidc:" + str(claims.get("acr", "unknown"))[:60],
            provider_session=sid[:100] if isinstance(sid, str) else None,
            token_hash=hashlib.sha256(id_token.encode()).digest(),
            token_expires_at=moment_of(claims, "exp"),
        )


def _word(text: str) -> str:
    """The protocol's word if it looks like one: free text does not enter the journal."""
    return text if _ERROR_WORD.fullmatch(text) else "unknown_error"
