"""Sign-in through ЕСИА, protocol version 1 with RSA (SSO-01, SSO-06)."""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID, uuid4

from nmo_identity.esia import person as read
from nmo_identity.esia.certificates import read_certificates, valid_keys
from nmo_identity.esia.errors import refusal
from nmo_identity.esia.pulse import Pulse
from nmo_identity.esia.signing import RsaCmsSigner, client_secret, timestamp
from nmo_identity.esia.tokens import EsiaIdentity, TokenRules, check_tokens
from nmo_identity.esia.transport import EsiaTransport
from nmo_identity.providers.config import EsiaV1Config
from nmo_identity.providers.jws import TokenFault, strict_object
from nmo_identity.providers.port import Flow, ProvenPerson, ProviderRefusal

MAX_CODE_BYTES = 8_192
_JWT_SEGMENTS = 3


class EsiaConnector:
    """The provider behind «Войти через Госуслуги»."""

    def __init__(self, config: EsiaV1Config) -> None:
        """Read keys and certificates; a fault in them stops the start."""
        self._config = config
        self._signer = RsaCmsSigner(config.certificate_file, config.key_file)
        self._certificates = read_certificates(config.trusted_certificates)
        self._transport = EsiaTransport(config.base_url, timeout_s=config.timeout_s, ca_file=config.ca_file)
        self._pulse = Pulse(self._transport.probe)

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

    async def authorize_url(self, flow: Flow, *, now: datetime) -> str:
        """Address of ЕСИА's sign-in page with the signed request.

        Raises:
            ProviderRefusal: ЕСИА does not answer; a browser sent there would see nothing of ours (SSO-09).
        """
        await self._pulse.feel()
        query = {
            **self._signed(flow.state, now),
            "response_type": "code",
            "redirect_uri": flow.redirect_uri,
            "access_type": "online",
        }
        return f"{self._config.base_url}/aas/oauth2/ac?{urlencode(query)}"

    async def finish(self, flow: Flow, query: Mapping[str, str], *, now: datetime) -> ProvenPerson:
        """Exchange the code, check both tokens, read the person and contacts.

        Raises:
            ProviderRefusal: see the port.
        """
        code = self._code(flow, query)
        answer = await self._exchange(flow, code, now)
        access_token = answer.get("access_token")
        try:
            identity = check_tokens(
                access_token,
                answer.get("id_token"),
                valid_keys(self._certificates, now),
                self._rules(flow, now),
            )
        except TokenFault as fault:
            raise ProviderRefusal("login_token_invalid", fault.reason) from None
        path = f"/rs/prns/{identity.subject}"
        person = await self._transport.get_json(path, str(access_token))
        contacts = await self._transport.get_json(f"{path}/ctts?embed=(elements)", str(access_token))
        return self._proven(identity, person, contacts)

    def logout_url(self, return_to: str) -> str | None:
        """ЕСИА's own sign-out; its parameter is `redirect_url`."""
        query = urlencode({"client_id": self._config.client_id, "redirect_url": return_to})
        return f"{self._config.base_url}/idp/ext/Logout?{query}"

    async def close(self) -> None:
        """Close connections."""
        await self._transport.close()

    def _signed(self, state: UUID, now: datetime) -> dict[str, str]:
        """Values every request carries and signs; the time is taken anew for each."""
        scope, client_id, moment = self._config.scopes, self._config.client_id, timestamp(now)
        secret = client_secret(self._signer, scope=scope, moment=moment, client_id=client_id, state=state)
        return {
            "client_id": client_id,
            "client_secret": secret,
            "scope": scope,
            "timestamp": moment,
            "state": str(state),
        }

    def _rules(self, flow: Flow, now: datetime) -> TokenRules:
        config = self._config
        return TokenRules(
            config.issuer, config.client_id, flow.started_at, now, config.leeway_s, config.fresh_sign_in
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
        state = uuid4()
        form = {
            **self._signed(state, now),
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": flow.redirect_uri,
            "token_type": "Bearer",
        }
        answer = await self._transport.post_form("/aas/oauth2/te", form)
        if answer.get("state", str(state)) != str(state):
            raise ProviderRefusal("login_token_invalid", "answer_state")
        return answer

    def _proven(
        self, identity: EsiaIdentity, person: dict[str, object], contacts: dict[str, object]
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
        )


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
