"""Letters through a real SMTP server: text and HTML, one id, retries, failures, the log."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import SMTP, default
from uuid import uuid4

import pytest

from nmo_notifications.delivery.letter import build_letter
from nmo_notifications.delivery.rules import AWAY_S, RETRY_AFTER_S, is_permanent, pause_after
from nmo_notifications.templates.catalogue import Mail
from nmo_testkit import drain_outbox


async def jobs(world):
    return await world.sql("select state, attempts from delivery_job order by id")


async def due_now(world):
    await world.sql("update delivery_job set next_attempt_at = now() - interval '1 second'")


@pytest.mark.req("NOT-01")
async def test_letter_arrives_in_text_and_html(world):
    world.know()
    await world.tell(world.event(number='NMO-1 <script>&"'))
    await world.sender.send_due()
    (letter,) = world.mailbox.letters
    assert letter["Subject"] == 'Заявка NMO-1 <script>&" одобрена'
    assert letter["To"] == f"{str(world.person_id)[:8]}@example.test"
    assert letter["Auto-Submitted"] == "auto-generated"
    text = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert "Здравствуйте, Анна Сергеевна!" in text
    assert "http://127.0.0.1:8080/cabinet/applications/" in text
    assert "&lt;script&gt;" in html
    assert "<script>" not in html
    (message,) = await world.sql("select id from message")
    assert letter["Message-ID"] == f"<{message.id}@nmo.example>"
    assert [tuple(row) for row in await jobs(world)] == [("sent", 1)]
    assert world.identity.asked == [{"person_ids": [str(world.person_id)], "purpose": "deliver_message"}]
    (told,) = await drain_outbox(world.db)
    assert told.type_name == "notifications.message.delivered.v1"
    assert "@" not in str(told.data)
    await world.sender.send_due()
    assert len(world.mailbox.letters) == 1


async def test_temporary_refusal_is_tried_again_with_the_same_id(world):
    world.know()
    world.mailbox.answers = ["451 try later"]
    await world.tell(world.event())
    await world.sender.send_due()
    assert [tuple(row) for row in await jobs(world)] == [("pending", 1)]
    await world.sender.send_due()
    assert world.mailbox.letters == [], "the pause is kept"
    await due_now(world)
    await world.sender.send_due()
    assert len(world.mailbox.letters) == 1
    log = await world.sql("select result, detail from delivery_attempt order by id")
    assert [tuple(row) for row in log] == [("retry", "server answered 451"), ("sent", "")]


async def test_final_refusal_ends_it(world):
    world.know()
    world.mailbox.answers = ["550 no such user"]
    await world.tell(world.event())
    await world.sender.send_due()
    assert [tuple(row) for row in await jobs(world)] == [("failed", 1)]
    (told,) = await drain_outbox(world.db)
    assert told.type_name == "notifications.message.failed.v1"


@pytest.mark.req("NOT-03")
async def test_address_that_takes_no_letters_is_told_to_identity(world):
    world.know()
    world.mailbox.nobody = True
    await world.tell(world.event())
    await world.sender.send_due()
    assert [tuple(row) for row in await jobs(world)] == [("failed", 1)]
    log = await world.sql("select result, detail from delivery_attempt")
    assert [tuple(row) for row in log] == [("bounced", "recipient refused, 550")]
    address = f"{str(world.person_id)[:8]}@example.test"
    assert world.identity.bounced == [{"person_id": str(world.person_id), "address": address}]


@pytest.mark.parametrize("email", [None, "", "not an address\r\nBcc: x@y"])
async def test_no_usable_address(world, email):
    world.know(email=email)
    await world.tell(world.event())
    await world.sender.send_due()
    assert [row.state for row in await jobs(world)] == ["failed"]
    assert world.mailbox.letters == []


async def test_identity_down_means_soon_and_uses_up_no_attempt(world):
    world.know()
    world.identity.down = True
    await world.tell(world.event())
    for _ in range(len(RETRY_AFTER_S) + 1):
        await due_now(world)
        await world.sender.send_due()
    assert [tuple(row) for row in await jobs(world)] == [("pending", 0)]
    (wait_s,) = await world.sql("select extract(epoch from next_attempt_at - app_now()) from delivery_job")
    assert 0 < wait_s[0] <= AWAY_S
    world.identity.down = False
    await due_now(world)
    await world.sender.send_due()
    assert len(world.mailbox.letters) == 1


async def test_many_letters_ask_identity_once(world):
    people = [uuid4() for _ in range(12)]
    for person_id in people:
        world.know(person_id)
        await world.tell(world.event(person_id=person_id))
    await world.sender.send_due()
    assert len(world.mailbox.letters) == len(people)
    assert len(world.identity.asked) == 1


def test_schedule_ends():
    assert [pause_after(n) for n in range(1, 8)] == [*RETRY_AFTER_S, None]
    assert is_permanent(550)
    assert not is_permanent(451)


@pytest.mark.req("NOT-01")
def test_no_subject_loses_a_space_where_its_line_is_broken():
    for length in range(1, 80):
        subject = f"{'я' * length} Документа цикла больше нет в регистре, № 5"
        letter = build_letter(
            Mail(subject=subject, text="x", html="<p>x</p>"),
            message_id=uuid4(),
            sender="nmo@nmo.example",
            recipient="reader@example.test",
            written_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
        sent = letter.as_bytes(policy=SMTP)
        assert message_from_bytes(sent, policy=default)["Subject"] == subject
        assert max(len(line) for line in sent.partition(b"\r\n\r\n")[0].split(b"\r\n")) <= 78
