"""A client's authorisation request as it must be, checked before anybody is asked anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nmo_identity.oidc_provider.rules import MAX_STATE, is_challenge, prompts_of, wanted_scopes
from nmo_identity.oidc_provider.tables import OidcClient

MAX_AGE_S = 10**8


class Refused(Exception):  # noqa: N818 leaves by redirect, is no fault
    """An error that goes to the client by redirect; `error` is the protocol's word."""

    def __init__(self, error: str) -> None:
        """Take the word."""
        super().__init__(error)
        self.error = error


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asks for."""

    client: OidcClient
    scopes: list[str]
    challenge: str
    nonce: str | None
    prompts: frozenset[str]
    max_age: int | None


def check_request(client: OidcClient, query: Mapping[str, str]) -> Request:
    """Read the parameters of RFC 6749, RFC 7636 and OpenID Connect Core 3.1.2.1.

    Raises:
        Refused: with the error the client is told.
    """
    if "request" in query:
        raise Refused("request_not_supported")
    if "request_uri" in query:
        raise Refused("request_uri_not_supported")
    if query.get("response_type") != "code":
        raise Refused("unsupported_response_type")
    nonce, challenge = query.get("nonce"), query.get("code_challenge", "")
    prompts, age = prompts_of(query.get("prompt", "")), query.get("max_age", "")
    faults = (
        query.get("response_mode", "query") != "query",
        len(query.get("state", "")) > MAX_STATE,
        len(nonce or "") > MAX_STATE,
        query.get("code_challenge_method") != "S256" or not is_challenge(challenge),
        age != "" and not (age.isascii() and age.isdigit()),
    )
    if any(faults) or prompts is None:
        raise Refused("invalid_request")
    scopes = wanted_scopes(query.get("scope", ""), client.scopes)
    if not scopes or "partner" in scopes:
        raise Refused("invalid_scope")
    return Request(client, scopes, challenge, nonce, prompts, min(int(age), MAX_AGE_S) if age else None)
