"""The notifications service put together."""

import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from nmo_kit import clock
from nmo_kit.app import Runtime, Service
from nmo_kit.crypto import FieldCipher
from nmo_kit.http import ServiceClient
from nmo_notifications.base import Model
from nmo_notifications.contracts.endpoints import router as contracts_router
from nmo_notifications.delivery.sender import MailSender
from nmo_notifications.disclosures.endpoints import router as disclosures_router
from nmo_notifications.inbox.endpoints import router as inbox_router
from nmo_notifications.inbox.stream import Hub
from nmo_notifications.letters.sender import LetterSender
from nmo_notifications.partners.commands.after_restore import after_restore
from nmo_notifications.partners.endpoints import router as partners_router
from nmo_notifications.partners.publisher import QueuePublisher
from nmo_notifications.partners.queues import PartnerQueues
from nmo_notifications.policy import POLICY
from nmo_notifications.seed import seed
from nmo_notifications.settings import Settings
from nmo_notifications.topology import QUEUES
from nmo_notifications.webhooks.dispatcher import WebhookDispatcher
from nmo_notifications.webhooks.endpoints import router as webhooks_router
from nmo_notifications.worker import timers


@asynccontextmanager
async def resources(runtime: Runtime) -> AsyncIterator[None]:
    """Senders of all channels, the live stream, the keys of secrets and pseudonyms."""
    settings: Settings = runtime.settings
    cipher = FieldCipher.from_files(settings.field_key_file, settings.index_key_file)
    identity = ServiceClient(settings.identity_url, "identity", runtime.tokens)
    publisher_url = settings.partner_amqp_url.get_secret_value()
    hub = Hub(runtime.db)
    publisher = QueuePublisher(runtime.db, publisher_url)
    dispatcher = WebhookDispatcher(runtime.db, cipher, allow_loopback=not settings.is_production)
    sender = MailSender(settings, runtime.db, identity)
    letters = LetterSender(settings, runtime.db, identity)
    runtime.extras |= {
        "cipher": cipher,
        "hub": hub,
        "partner_queues": PartnerQueues(
            admin_url=settings.broker_admin_url.get_secret_value(),
            publisher_url=publisher_url,
            public_host=settings.partner_amqp_public_host,
        ),
        "sender": sender,
        "letters": letters,
        "publisher": publisher,
        "dispatcher": dispatcher,
    }
    async with AsyncExitStack() as stack:
        stack.push_async_callback(identity.close)
        stack.push_async_callback(sender.close)
        stack.push_async_callback(letters.close)
        stack.push_async_callback(publisher.close)
        stack.push_async_callback(dispatcher.close)
        await hub.start()
        stack.push_async_callback(hub.stop)
        yield


def build() -> Service:
    """The service as its command line and its tests run it."""
    return Service(
        name="notifications",
        package="nmo_notifications",
        settings_class=Settings,
        metadata=Model.metadata,
        routers=[inbox_router, disclosures_router, partners_router, webhooks_router, contracts_router],
        policy=POLICY,
        queues=QUEUES,
        timers=timers,
        resources=resources,
        seed=seed,
        commands={"after-restore": _after_restore},
    )


async def _after_restore(runtime: Runtime, _: Sequence[str]) -> None:
    """`after-restore`: once after the database came back from a backup, before the service starts."""
    async with runtime.db.write() as session:
        told = await after_restore(session, now=clock.now())
    sys.stdout.write(f"{told} subscriptions told to ask for a replay\n")
