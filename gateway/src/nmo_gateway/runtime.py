"""What the gateway's process holds while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import structlog
from joserfc.jwk import ECKey
from sqlalchemy.exc import SQLAlchemyError

from nmo_gateway.auth.identity import IdentityClient
from nmo_gateway.auth.telling import tell_ends
from nmo_gateway.browser_session.cache import SessionCache, listen
from nmo_gateway.browser_session.cookies import Cookies
from nmo_gateway.browser_session.ends import SessionEnds
from nmo_gateway.browser_session.login_flow import LoginFlows
from nmo_gateway.browser_session.secrets import SessionSecrets
from nmo_gateway.browser_session.store import SessionStore
from nmo_gateway.browser_session.wanted import WantedPages
from nmo_gateway.kept_forms.store import KeptForms
from nmo_gateway.limits.sign_in import SharedLimit
from nmo_gateway.settings import GatewaySettings
from nmo_gateway.tokens import CLIENT_ID, PLACES, TokenExchange
from nmo_gateway.upstreams import Upstreams
from nmo_kit import clock, observability
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.http import ServiceTokens
from nmo_kit.settings import SettingsError
from nmo_kit.tokens import FetchKeys, JwksCache, TokenVerifier, fetch_jwks

logger = structlog.get_logger(__name__)
API_AUDIENCE = "api"
PURGE_EVERY_S = 600.0
OWED_EVERY_S = 5.0
TICKET_INTERVAL_S, TICKET_BURST = 3600.0, 3
"""Requests to support without a sign-in, from one network."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """Everything that requests share."""

    settings: GatewaySettings
    db: Database
    cookies: Cookies
    secrets: SessionSecrets
    cache: SessionCache
    store: SessionStore
    ends: SessionEnds
    flows: LoginFlows
    upstreams: Upstreams
    exchange: TokenExchange
    identity: IdentityClient
    verifier: TokenVerifier
    sign_in_limit: SharedLimit
    ticket_limit: SharedLimit
    kept_forms: KeptForms
    wanted: WantedPages


@asynccontextmanager
async def open_gateway(
    settings: GatewaySettings, *, keys: Callable[[GatewaySettings], FetchKeys] | None = None
) -> AsyncIterator[Gateway]:
    """Open database, HTTP client and background work for the time of a process.

    Args:
        settings: the process's settings.
        keys: how the keys of access tokens are read; by default over HTTP from identity.

    Raises:
        SettingsError: the signing key is missing.
    """
    if settings.signing_key_file is None or not settings.signing_key_file.is_file():
        raise SettingsError("signing_key_file does not exist")
    clock.set_offset(settings.clock_offset_s)
    async with AsyncExitStack() as stack:
        db = Database(settings)
        stack.push_async_callback(db.close)
        observability.set_up(CLIENT_ID, settings, db.engines)
        upstreams = await stack.enter_async_context(
            Upstreams({**settings.services, PLACES: settings.identity_url}, settings.upstream_places)
        )
        gateway = _assemble(settings, db, upstreams, (keys or _over_http)(settings))
        for work in (
            listen(gateway.cache, settings.database_url.get_secret_value()),
            _purge_forever(gateway.store),
            _tell_ends_forever(gateway),
        ):
            task = asyncio.create_task(work)
            stack.push_async_callback(_stop, task)
        yield gateway


def _assemble(settings: GatewaySettings, db: Database, upstreams: Upstreams, fetch: FetchKeys) -> Gateway:
    if settings.signing_key_file is None:
        raise SettingsError("signing_key_file does not exist")
    cipher = FieldCipher.from_files(settings.field_key_file, settings.index_key_file)
    secrets = SessionSecrets(cipher)
    cache = SessionCache(settings.session_cache_s)
    key = ECKey.import_key(settings.signing_key_file.read_text())
    tokens = ServiceTokens(
        client_id=CLIENT_ID,
        key_file=settings.signing_key_file,
        identity_url=settings.identity_url,
        issuer=settings.public_url,
    )
    return Gateway(
        settings=settings,
        db=db,
        cookies=Cookies(settings.cookie_secure),
        secrets=secrets,
        cache=cache,
        store=SessionStore(db, secrets, cache, settings),
        ends=SessionEnds(db, secrets, cache),
        flows=LoginFlows(db),
        upstreams=upstreams,
        exchange=TokenExchange(upstreams, key, settings.public_url),
        identity=IdentityClient(upstreams, tokens),
        verifier=TokenVerifier(JwksCache(fetch), issuer=settings.public_url, audience=API_AUDIENCE),
        sign_in_limit=SharedLimit(db, interval_s=settings.sign_in_interval_s, burst=settings.sign_in_burst),
        ticket_limit=SharedLimit(db, interval_s=TICKET_INTERVAL_S, burst=TICKET_BURST),
        kept_forms=KeptForms(db, cipher),
        wanted=WantedPages(db),
    )


def _over_http(settings: GatewaySettings) -> FetchKeys:
    return fetch_jwks(settings.jwks_url)


async def _purge_forever(store: SessionStore) -> None:
    while True:
        try:
            await store.purge()
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            logger.warning("purge_failed", error=type(error).__name__)
        await asyncio.sleep(PURGE_EVERY_S)


async def _tell_ends_forever(gateway: Gateway) -> None:
    """One pass at a time, whoever asked for it; after one that failed, only at the usual time."""
    changed, done = gateway.ends.changed, False
    while True:
        if done:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), OWED_EVERY_S)
        else:
            await asyncio.sleep(OWED_EVERY_S)
        changed.clear()
        try:
            done = await tell_ends(gateway.ends, gateway.identity)
        except (SQLAlchemyError, OSError, TimeoutError) as error:
            done = False
            logger.warning("ends_not_told", error=type(error).__name__)


async def _stop(task: asyncio.Task[None]) -> None:
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
