"""Timers of identity: matches owed, people who were absent, expired rows, keys that grew old."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nmo_identity.consents.commands.acknowledge import watch_withdrawals
from nmo_identity.erasure.commands.begin import begin_due_erasures
from nmo_identity.erasure.commands.conclude import conclude_erasures
from nmo_identity.local_accounts.commands.answer_received import answer_received
from nmo_identity.local_accounts.commands.expire import expire_unconfirmed
from nmo_identity.local_accounts.commands.notify_age import notify_age
from nmo_identity.local_accounts.commands.tell_locked import tell_locked_owners
from nmo_identity.matching.commands.look_for_absent import look_for_absent
from nmo_identity.matching.commands.retry_due import retry_due_matches
from nmo_identity.oidc_provider.backchannel import LogoutSender
from nmo_identity.oidc_provider.commands.rotate_keys import rotate_if_old
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.recovery.commands.prepare import prepare_recoveries
from nmo_identity.upkeep import remove_expired
from nmo_kit import clock
from nmo_kit.app import Runtime
from nmo_kit.messaging.worker import Timer

ACT_KIND = "erasure-act+jws"
"""Keeps a signed act from passing for a token."""
RETRY_S = 5.0
ANSWER_S = 1.0
"""Who registers waits for the letter."""
TELL_LOCKED_S = 2.0
AGE_S = 600.0
LOOK_S = 5.0
RECOVER_S = 0.5
"""People wait for the letter with the code."""
UPKEEP_S = 600.0
KEYS_S = 3600.0
WATCH_S = 5.0
TELL_S = 1.0
ERASURE_S = 5.0


def timers(runtime: Runtime) -> Sequence[Timer]:
    """Recurring jobs of a worker process."""
    cipher, register = runtime.extras["cipher"], runtime.extras["register"]

    async def retry_matches() -> None:
        await retry_due_matches(runtime.db, register, cipher, now=clock.now())

    async def look() -> None:
        await look_for_absent(runtime.db, register, cipher, now=clock.now())

    async def clean() -> None:
        await remove_expired(runtime.db)

    async def rotate() -> None:
        async with runtime.db.write() as session:
            await rotate_if_old(session, cipher, now=clock.now())

    async def watch() -> None:
        await watch_withdrawals(runtime.db, now=clock.now())

    mint = Mint(runtime.extras["keyring"], runtime.settings.public_url)

    async def sign(act: dict[str, Any]) -> str:
        return await mint.document(ACT_KIND, act)

    sender = LogoutSender(runtime.db, mint, allow_loopback=not runtime.settings.is_production)

    async def tell_partners() -> None:
        while await sender.send_due():
            pass

    async def erase() -> None:
        await begin_due_erasures(runtime.db, now=clock.now())
        await conclude_erasures(runtime.db, sign, now=clock.now())

    return [
        Timer(seconds=RETRY_S, run=retry_matches),
        Timer(seconds=LOOK_S, run=look),
        *_of_local_accounts(runtime),
        Timer(seconds=UPKEEP_S, run=clean),
        _recoveries(runtime),
        Timer(seconds=KEYS_S, run=rotate),
        Timer(seconds=WATCH_S, run=watch),
        Timer(seconds=TELL_S, run=tell_partners),
        Timer(seconds=ERASURE_S, run=erase),
    ]


def _recoveries(runtime: Runtime) -> Timer:
    """Letters with codes to those who asked for a new password."""

    async def send() -> None:
        await prepare_recoveries(runtime.db, runtime.extras["cipher"], now=clock.now())

    return Timer(seconds=RECOVER_S, run=send)


def _of_local_accounts(runtime: Runtime) -> Sequence[Timer]:
    cipher = runtime.extras["cipher"]

    async def answer() -> None:
        await answer_received(runtime.db, cipher, now=clock.now())

    async def tell() -> None:
        await tell_locked_owners(runtime.db, cipher, now=clock.now())

    async def age() -> None:
        await expire_unconfirmed(runtime.db, now=clock.now())
        await notify_age(runtime.db, cipher, now=clock.now())

    return [
        Timer(seconds=ANSWER_S, run=answer),
        Timer(seconds=TELL_LOCKED_S, run=tell),
        Timer(seconds=AGE_S, run=age),
    ]
