"""RP-initiated logout: who asks, and whether the browser may be sent back there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from joserfc.jwk import KeySet

from nmo_identity.oidc_provider import queries
from nmo_identity.oidc_provider.errors import RedirectRefused
from nmo_identity.oidc_provider.rules import redirect_with
from nmo_identity.oidc_provider.tables import ES256, RS256
from nmo_identity.portals.schemas import EndSession, EndSessionAnswer
from nmo_identity.providers.jws import TokenFault, open_jws
from nmo_kit.db import ReadSession


async def read_end_session(
    session: ReadSession, asked: EndSession, jwks: Mapping[str, Any], *, issuer: str
) -> EndSessionAnswer:
    """Answer with the client and the registered address (OpenID Connect RP-Initiated Logout 1.0, 2 and 3).

    Nothing ends here: the person is asked on a page of the portal. An id token that is over still names its client.

    Raises:
        RedirectRefused: the address is not registered for the client, or the hint and the client differ.
    """
    hinted = _client_of(asked.id_token_hint, jwks, issuer) if asked.id_token_hint else None
    if asked.id_token_hint and (hinted is None or asked.client_id not in {"", hinted}):
        raise RedirectRefused
    client = await queries.client_of(session, hinted or asked.client_id)
    target = asked.post_logout_redirect_uri
    if target and (client is None or target not in client.post_logout_redirect_uris):
        raise RedirectRefused
    return EndSessionAnswer(
        client_title=client.title if client else None,
        redirect_to=redirect_with(target, {"state": asked.state or None}) if target else None,
    )


def _client_of(token: str, jwks: Mapping[str, Any], issuer: str) -> str | None:
    """The client that an id token of ours was made for; None for anything else."""
    keys = KeySet.import_key_set({"keys": [dict(key) for key in jwks["keys"]]}).keys
    try:
        header, claims = open_jws(token, keys, [ES256, RS256])
    except TokenFault:
        return None
    ours = header.get("typ") == "JWT" and claims.get("iss") == issuer and isinstance(claims.get("aud"), str)
    return str(claims["aud"]) if ours else None
