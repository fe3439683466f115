"""A world for tests: database, application, mail server, identity stand-in, partner's receiver, events."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
import pytest_asyncio
from aiohttp import web
from aiosmtpd.controller import Controller
from sqlalchemy import text

from nmo_contracts.applications import ApplicationConfirmedV1
from nmo_contracts.base import EventPayload
from nmo_contracts.identity import ConsentGrantedV1, ConsentWithdrawnV1
from nmo_contracts.purposes import PARTNERS
from nmo_kit.app import Runtime, create_app
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.http import ServiceClient
from nmo_kit.ids import uuid7
from nmo_notifications.app import build
from nmo_notifications.consents.consumers import on_consent_granted, on_consent_withdrawn
from nmo_notifications.delivery.sender import MailSender
from nmo_notifications.inbox.consumers import on_told_event
from nmo_notifications.inbox.stream import Hub
from nmo_notifications.letters.sender import LetterSender
from nmo_notifications.partners.consumers import on_public_fact
from nmo_notifications.partners.publisher import QueuePublisher
from nmo_notifications.partners.queues import PartnerQueues
from nmo_notifications.settings import Settings
from nmo_notifications.webhooks.dispatcher import WebhookDispatcher
from nmo_testkit import client_for, deliver

SUBSCRIPTIONS = "/api/v1/partner/subscriptions"
STATUS_CHANGED = "partner.application.status_changed.v1"


class Mailbox:
    """A real SMTP server; `answers` are handed out one by one before it begins to accept."""

    def __init__(self) -> None:
        self.letters: list[EmailMessage] = []
        self.answers: list[str] = []
        self.nobody = False
        """No such recipient, for good."""

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802 the library's name
        if self.nobody:
            return "550 5.1.1 no such user"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 the library's name
        if self.answers:
            return self.answers.pop(0)
        self.letters.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


class Identity:
    """Stand-in of identity's disclosure over HTTP."""

    def __init__(self) -> None:
        self.people: dict[str, dict[str, Any]] = {}
        self.asked: list[dict[str, Any]] = []
        self.bounced: list[dict[str, Any]] = []
        self.down = False

    async def bounce(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        self.bounced.append(await request.json())
        return web.Response(status=204)

    async def disclose(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        body = await request.json()
        self.asked.append(body)
        known = [self.people.get(person_id) for person_id in body["person_ids"]]
        return web.json_response({"items": [item for item in known if item]})


class Letters:
    """Stand-in of identity's letters and of the gateway for text messages, over HTTP."""

    def __init__(self) -> None:
        self.known: dict[str, dict[str, Any]] = {}
        self.settled: list[tuple[str, str]] = []
        self.texts: list[dict[str, str]] = []
        self.down = False
        self.sms_answers: list[int] = []

    def owe(self, **values: Any) -> UUID:
        """Identity has a letter to send."""
        letter_id = uuid4()
        self.known[str(letter_id)] = {
            "letter_id": str(letter_id),
            "kind": "contact_code",
            "channel": "email",
            "to": "reader@example.test",
            "params": {"code": "493817"},
            "name": "Анна Сергеевна",
            **values,
        }
        return letter_id

    async def take(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        letter = self.known.get(request.match_info["id"])
        if letter is None:
            return web.json_response({"code": "letter_over"}, status=410)
        return web.json_response(letter)

    async def settle(self, request: web.Request) -> web.Response:
        if self.down:
            return web.Response(status=503)
        self.settled.append((request.match_info["id"], (await request.json())["outcome"]))
        self.known.pop(request.match_info["id"], None)
        return web.Response(status=204)

    async def text(self, request: web.Request) -> web.Response:
        if self.sms_answers:
            return web.json_response({}, status=self.sms_answers.pop(0))
        self.texts.append(await request.json())
        return web.json_response({"id": "1"}, status=201)


class Receiver:
    """A partner's webhook endpoint; `answers` are given before 204: a response, or what makes one of the request."""

    def __init__(self) -> None:
        self.got: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[web.Response | Callable[[web.Request], Awaitable[web.StreamResponse]]] = []
        self.url = ""
        self.open = asyncio.Event()
        self.open.set()
        self.now = self.most = 0

    async def receive(self, request: web.Request) -> web.StreamResponse:
        """Answers as told; while not `open` it holds every request."""
        self.got.append((dict(request.headers), await request.read()))
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await self.open.wait()
            answer = self.answers.pop(0) if self.answers else web.Response(status=204)
            return answer if isinstance(answer, web.Response) else await answer(request)
        finally:
            self.now -= 1


async def serve(routes: list[web.RouteDef]) -> tuple[web.AppRunner, str]:
    app = web.Application()
    app.add_routes(routes)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    return runner, f"http://127.0.0.1:{runner.addresses[0][1]}"


@dataclass
class World:
    db: Database
    http: httpx2.AsyncClient
    runtime: Runtime
    tokens: Any
    mailbox: Mailbox
    identity: Identity
    receiver: Receiver
    other: Receiver
    """Another partner's endpoint."""
    hub: Hub
    sender: MailSender
    letters: Letters
    letter_sender: LetterSender
    dispatcher: WebhookDispatcher
    publisher: QueuePublisher
    person_id: UUID = field(default_factory=uuid4)
    organization_id: UUID = field(default_factory=uuid4)
    client_id: str = field(default_factory=lambda: f"partner-{uuid4().hex[:8]}")
    versions: int = 0

    @property
    def person(self) -> dict[str, str]:
        return self.tokens.headers(aud="notifications", sub=self.person_id)

    @property
    def partner(self) -> dict[str, str]:
        return self.partner_headers(self.client_id)

    def partner_headers(self, client_id: str) -> dict[str, str]:
        return self.tokens.headers(
            aud="notifications",
            sub=client_id,
            client_id=client_id,
            roles=("partner",),
            entry=None,
            consent=None,
        )

    def know(self, person_id: UUID | None = None, **values: Any) -> None:
        """Identity knows this person."""
        ident = str(person_id or self.person_id)
        self.identity.people[ident] = {
            "person_id": ident,
            "first_name": "Анна",
            "patronymic": "Сергеевна",
            "email": f"{ident[:8]}@example.test",
            **values,
        }

    def event(self, model: type[EventPayload] = ApplicationConfirmedV1, **values: Any) -> EventPayload:
        return model.model_validate(
            {
                "application_id": uuid4(),
                "number": "NMO-0000042-2026",
                "person_id": self.person_id,
                "cycle_id": uuid4(),
                "plan_item_id": uuid4(),
                "element_id": uuid4(),
                "organization_id": self.organization_id,
                "occurred_at": datetime(2026, 11, 1, 9, 30, tzinfo=UTC),
                **values,
            }
        )

    async def tell(self, payload: EventPayload, **values: Any) -> str:
        """An event arrives for the inbox."""
        return await deliver(self.db, on_told_event, payload, consumer="inbox", **values)

    async def project(self, payload: EventPayload, *, event_id: UUID | None = None) -> UUID:
        """An event arrives for the partners' logs; its internal id."""
        self.versions += 1
        internal = event_id or uuid7()
        await deliver(
            self.db,
            on_public_fact,
            payload,
            version=self.versions,
            event_id=internal,
            consumer="partners",
            context=self.runtime,
        )
        return internal

    async def consent(self, person_id: UUID | None = None, *, at: datetime | None = None) -> None:
        payload = ConsentGrantedV1(
            person_id=person_id or self.person_id,
            purpose=PARTNERS,
            text_version="1",
            granted_at=at or datetime.now(UTC),
        )
        await deliver(
            self.db, on_consent_granted, payload, consumer="partners", version=1, context=self.runtime
        )
        await self.sql("delete from outbox where routing_key like 'notifications.consent.%'")

    async def withdraw(self, person_id: UUID | None = None, *, at: datetime | None = None) -> None:
        payload = ConsentWithdrawnV1(
            person_id=person_id or self.person_id, purpose=PARTNERS, withdrawn_at=at or datetime.now(UTC)
        )
        await deliver(self.db, on_consent_withdrawn, payload, consumer="partners", version=2)

    async def subscribe(
        self, way: str = "pull", *, client_id: str | None = None, **values: Any
    ) -> dict[str, Any]:
        headers = self.partner_headers(client_id) if client_id else self.partner
        body: dict[str, Any] = {"types": [STATUS_CHANGED], "way": way, **values}
        if way == "webhook":
            body.setdefault("url", self.receiver.url)
        answer = await self.http.post(SUBSCRIPTIONS, json=body, headers=headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def feed(self, **params: Any) -> dict[str, Any]:
        answer = await self.http.get("/api/v1/partner/events", params=params, headers=self.partner)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def dispatch(self) -> None:
        """Send all webhooks that are due now, and wait for the answers."""
        await self.dispatcher.dispatch_due()
        await self.dispatcher.settled()

    async def sql(self, statement: str, **values: Any) -> list[Any]:
        async with self.db.write() as session:
            found = await session.execute(text(statement), values)
            return list(found.all()) if found.returns_rows else []


@pytest.fixture
def mail_server():
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname="127.0.0.1", port=0, server_hostname="mail.test")
    # Port 0 cannot be probed by the library's own start, so the server is given a free port found beforehand.
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        controller.port = probe.getsockname()[1]
    controller.start()
    yield mailbox, controller.port
    controller.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def world(fresh_service_db, token_factory, tmp_path, mail_server, broker) -> AsyncIterator[World]:
    mailbox, smtp_port = mail_server
    identity, letters, receiver, other = Identity(), Letters(), Receiver(), Receiver()
    identity_runner, identity_url = await serve(
        [
            web.post("/internal/persons/disclose", identity.disclose),
            web.post("/internal/letters/bounces", identity.bounce),
            web.post("/internal/letters/{id}/take", letters.take),
            web.post("/internal/letters/{id}/settle", letters.settle),
            web.post("/messages", letters.text),
        ]
    )
    receiver_runner, receiver_url = await serve(
        [web.post("/hook", receiver.receive), web.post("/other", other.receive)]
    )
    receiver.url, other.url = f"{receiver_url}/hook", f"{receiver_url}/other"
    for name, sign in (("field", "a1"), ("index", "b2")):
        (tmp_path / name).write_text(sign * 32)
    settings = Settings(
        environment="test",
        database_url="postgresql://unused/unused",
        identity_url=identity_url,
        smtp_port=smtp_port,
        sms_url=identity_url,
        partner_amqp_url=broker.url,
        broker_admin_url=broker.admin_url,
        field_key_file=tmp_path / "field",
        index_key_file=tmp_path / "index",
    )
    db = await fresh_service_db("nmo_notifications")
    cipher = FieldCipher.from_files(settings.field_key_file, settings.index_key_file)
    client = ServiceClient(identity_url, "identity")
    hub = Hub(db)
    publisher = QueuePublisher(db, broker.url)
    dispatcher = WebhookDispatcher(db, cipher, allow_loopback=True)
    queues = PartnerQueues(admin_url=broker.admin_url, publisher_url=broker.url)
    runtime = Runtime(
        settings=settings,
        db=db,
        tokens=None,
        extras={"cipher": cipher, "hub": hub, "partner_queues": queues},
    )
    await hub.start()
    app = create_app(build(), runtime)
    async with client_for(app, tokens=token_factory, audience="notifications") as http:
        found = World(
            db=db,
            http=http,
            runtime=runtime,
            tokens=token_factory,
            mailbox=mailbox,
            identity=identity,
            receiver=receiver,
            other=other,
            hub=hub,
            sender=MailSender(settings, db, client),
            letters=letters,
            letter_sender=LetterSender(settings, db, client),
            dispatcher=dispatcher,
            publisher=publisher,
        )
        yield found
        await found.letter_sender.close()
        await queues.remove(found.client_id)
    await dispatcher.close()
    await publisher.close()
    await hub.stop()
    await client.close()
    await identity_runner.cleanup()
    await receiver_runner.cleanup()
    await asyncio.sleep(0)
