"""Sign-in through ЕСИА, both versions of its protocol (SSO-01, SSO-06)."""

from __future__ import annotations

import asyncio
import base64
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode
from uuid import uuid4

from cryptography.hazmat.primitives.serialization import Encoding

from nmo_identity.esia import person as read
from nmo_identity.esia.certificates import GOST, RS256, Pinned, valid_keys
from nmo_identity.esia.errors import refusal
from nmo_identity.esia.expiry import ExpiryAlarm, Term, latest
from nmo_identity.esia.openssl import Openssl, OpensslError
from nmo_identity.esia.protocol import V1, V2, certificate_hash
from nmo_identity.esia.pulse import Pulse
from nmo_identity.esia.signing import OwnKey, RsaKey, key_at, read_key, timestamp
from nmo_identity.esia.tokens import EsiaIdentity, TokenRules, check_tokens
from nmo_identity.esia.transport import EsiaTransport
from nmo_identity.providers.config import EsiaConfig, EsiaV2Config
from nmo_identity.providers.jws import TokenFault, strict_object
from nmo_identity.providers.port import Flow, ProvenPerson, ProviderRefusal
from nmo_kit import clock

MAX_CODE_BYTES = 8_192
_JWT_SEGMENTS = 3
_CONTACT_SCOPES = {"email", "mobile", "contacts"}


class EsiaConnector:
    """The provider behind «Войти через Госуслуги»."""

    def __init__(self, config: EsiaConfig) -> None:
        """Read keys and certificates; a fault in them stops the start.

        Raises:
            ValueError: a key or certificate is unfit.
            GostUnavailableError: they need OpenSSL's GOST engine, which is not installed.
        """
        self._config = config
        self._version = V2 if isinstance(config, EsiaV2Config) else V1
        openssl = Openssl(config.openssl)
        pairs = [(config.certificate_file, config.key_file)]
        pairs += [(pair.certificate_file, pair.key_file) for pair in config.further_keys]
        self._keys = [read_key(certificate, key, openssl) for certificate, key in pairs]
        self._hashes = {} if self._version.by_cms else _hashes(self._keys, openssl)
        self._pinned = Pinned(config.trusted_certificates, openssl)
        self._alarm = ExpiryAlarm(config.key, timedelta(days=config.alarm_days))
        self._transport = EsiaTransport(config.base_url, timeout_s=config.timeout_s, ca_file=config.ca_file)
        self._pulse = Pulse(self._transport.probe)
        self.notes(clock.now())

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
        """Issuer of tokens, as configured (never derived from the address)."""
        return self._config.issuer

    @property
    def hidden(self) -> bool:
        """Whether it is left out where ways to sign in are listed."""
        return self._config.hidden

    def notes(self, now: datetime) -> list[str]:
        """Certificates that run out; the alarm's metric and log are brought up to date with it."""
        own = [
            Term("own", RS256 if isinstance(key, RsaKey) else GOST, key.certificate.not_valid_after_utc)
            for key in self._keys
        ]
        accepted = set(self._config.token_algorithms)
        tokens = [
            Term("tokens", item.algorithm, item.not_after)
            for item in self._pinned.now()
            if item.algorithm in accepted
        ]
        return self._alarm.look([*latest(own), *latest(tokens)], now)

    @property
    def link_only(self) -> bool:
        """As configured."""
        return self._config.link_only

    async def authorize_url(self, flow: Flow, *, now: datetime) -> str:
        """Address of ЕСИА's sign-in page with the signed request.

        Raises:
            ProviderRefusal: ЕСИА does not answer; a browser sent there would see nothing of ours (SSO-09).
        """
        await self._pulse.feel()
        self.notes(now)
        values = self._values(str(flow.state), flow.redirect_uri, now)
        signed = await self._signed(values, self._version.asked, now)
        query = {**signed, "response_type": "code", "access_type": "online"}
        return f"{self._config.base_url}{self._version.ask_path}?{urlencode(query)}"

    async def finish(self, flow: Flow, query: Mapping[str, str], *, now: datetime) -> ProvenPerson:
        """Exchange the code, check both tokens, read the person, contacts and documents, all within the time allowed.

        Raises:
            ProviderRefusal: see the port.
        """
        code = self._code(flow, query)
        try:
            async with asyncio.timeout(self._config.timeout_s):
                return await self._proven_by(flow, code, now)
        except TimeoutError:
            raise ProviderRefusal("provider_unavailable", "provider_timeout") from None

    async def logout_url(self, return_to: str) -> str | None:
        """ЕСИА's own sign-out."""
        return self._sign_out(return_to)

    def _sign_out(self, return_to: str) -> str:
        """Its address needs no asking; the parameter is `redirect_url`."""
        query = urlencode({"client_id": self._config.client_id, "redirect_url": return_to})
        return f"{self._config.base_url}/idp/ext/Logout?{query}"

    def forget_url(self, return_to: str) -> str | None:
        """ЕСИА knows no way to ask for the password anew but to sign out first."""
        return self._sign_out(return_to)

    async def close(self) -> None:
        """Close connections."""
        await self._transport.close()

    async def _proven_by(self, flow: Flow, code: str, now: datetime) -> ProvenPerson:
        answer = await self._exchange(flow, code, now)
        token = str(answer.get("access_token"))
        try:
            # A GOST signature is checked by another process: not on the loop.
            identity = await asyncio.to_thread(
                check_tokens,
                answer.get("access_token"),
                answer.get("id_token"),
                valid_keys(self._pinned.now(), now),
                self._rules(flow, now),
            )
        except TokenFault as fault:
            raise ProviderRefusal("login_token_invalid", fault.reason) from None
        path = f"/rs/prns/{identity.subject}"
        scopes = set(self._config.scopes.split())
        person, contacts, documents = await asyncio.gather(
            self._transport.get_json(path, token),
            self._transport.collection(f"{path}/ctts", token, wanted=bool(scopes & _CONTACT_SCOPES)),
            self._transport.collection(f"{path}/docs", token, wanted="id_doc" in scopes),
        )
        return self._proven(identity, person, contacts, documents)

    def _values(self, state: str, redirect_uri: str, now: datetime) -> dict[str, str]:
        """Values every request carries; the time is taken anew for each."""
        return {
            "client_id": self._config.client_id,
            "scope": self._config.scopes,
            "timestamp": timestamp(now.astimezone(UTC)),
            "state": state,
            "redirect_uri": redirect_uri,
        }

    async def _signed(self, values: dict[str, str], order: tuple[str, ...], now: datetime) -> dict[str, str]:
        key = key_at(self._keys, now)
        named = self._hashes.get(_der(key))
        try:
            return await asyncio.to_thread(self._version.signed, values, order, key, named)
        except OpensslError:
            raise ProviderRefusal("login_provider_error", "signing_failed") from None

    def _rules(self, flow: Flow, now: datetime) -> TokenRules:
        config = self._config
        return TokenRules(
            config.issuer,
            config.client_id,
            flow.started_at,
            now,
            config.leeway_s,
            config.fresh_sign_in,
            tuple(config.token_algorithms),
        )

    def _code(self, flow: Flow, query: Mapping[str, str]) -> str:
        """The code of the callback.

        Raises:
            ProviderRefusal: ЕСИА sent an error, another issuer answers, or there is no usable code.
        """
        if not hmac.compare_digest(query.get("state", "").encode(), str(flow.state).encode()):
            raise ProviderRefusal("login_state_invalid", "state_differs")
        if "iss" in query and query["iss"] != self._config.issuer:
            raise ProviderRefusal("login_token_invalid", "callback_issuer")
        if "error" in query:
            raise refusal(query["error"], query.get("error_description"))
        code = query.get("code", "")
        if not code or len(code) > MAX_CODE_BYTES:
            raise ProviderRefusal("login_provider_error", "code_absent")
        stated = _state_inside(code)
        if stated is not None and stated != str(flow.state):
            raise ProviderRefusal("login_token_invalid", "code_of_another_flow")
        return code

    async def _exchange(self, flow: Flow, code: str, now: datetime) -> dict[str, object]:
        """The token answer; its `state` must echo ours."""
        state = str(uuid4())
        values = self._values(state, flow.redirect_uri, now) | {"code": code}
        signed = await self._signed(values, self._version.exchanged, now)
        form = {**signed, "grant_type": "authorization_code", "token_type": "Bearer"}
        answer = await self._transport.post_form(self._version.token_path, form)
        if answer.get("state", state) != state:
            raise ProviderRefusal("login_token_invalid", "answer_state")
        return answer

    def _proven(
        self,
        identity: EsiaIdentity,
        person: dict[str, object],
        contacts: list[dict[str, object]],
        documents: list[dict[str, object]],
    ) -> ProvenPerson:
        """Tokens and REST answers together; the account is confirmed only if both say so."""
        confirmed = identity.is_trusted and read.is_confirmed(person)
        snils = read.snils(person)
        return ProvenPerson(
            issuer=self._config.issuer,
            subject=identity.subject,
            confirmed=confirmed,
            proves_snils=confirmed and snils is not None,
            last_name=read.name(person, "lastName"),
            first_name=read.name(person, "firstName"),
            patronymic=read.optional_text(person, "middleName"),
            birth_on=read.birth_date(person),
            gender=read.gender(person),
            citizenship=read.optional_text(person, "citizenship", limit=3),
            snils=snils,
            email=read.contact(contacts, "EML"),
            phone=read.contact(contacts, "MBT"),
            auth_time=identity.auth_time,
            acr="esia:" + (",".join(identity.methods)[:60] or "unknown"),
            provider_session=identity.session,
            token_hash=identity.token_hash,
            token_expires_at=identity.expires_at,
            documents=read.documents(documents),
        )


def _der(key: OwnKey) -> bytes:
    return key.certificate.public_bytes(Encoding.DER)


def _hashes(keys: list[OwnKey], openssl: Openssl) -> dict[bytes, str]:
    """`client_certificate_hash` of each own certificate, by its bytes."""
    openssl.require_gost()
    return {_der(key): certificate_hash(_der(key), openssl) for key in keys}


def _state_inside(code: str) -> str | None:
    """`urn:esia:client:state` of a code that is itself a token; the code stays opaque otherwise."""
    segments = code.split(".")
    if len(segments) != _JWT_SEGMENTS:
        return None
    try:
        padded = segments[1] + "=" * (-len(segments[1]) % 4)
        claims = strict_object(base64.urlsafe_b64decode(padded), "code")
    except (ValueError, TokenFault):
        return None
    stated = claims.get("urn:esia:client:state")
    return None if stated is None else str(stated)
