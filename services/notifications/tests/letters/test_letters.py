"""Identity's letters: content asked for at the moment of sending, sent once by mail or as a text message, kept nowhere."""

import re

import pytest

from nmo_contracts.identity import LetterIssuedV1
from nmo_kit.messaging import Permanent
from nmo_notifications.letters.consumers import on_letter_issued
from nmo_notifications.templates import letters as catalogue
from nmo_testkit import deliver


async def owed(world, **values):
    """A letter of identity whose event arrived."""
    letter_id = world.letters.owe(**values)
    known = world.letters.known[str(letter_id)]
    event = LetterIssuedV1(letter_id=letter_id, channel=known["channel"], kind=known["kind"])
    await deliver(world.db, on_letter_issued, event, consumer="letters")
    return letter_id


async def jobs(world):
    return [
        tuple(row) for row in await world.sql("select state, attempts from letter_job order by created_at")
    ]


async def due_now(world):
    await world.sql("update letter_job set next_attempt_at = now() - interval '1 second', lease_until = null")


@pytest.mark.req("NOT-01", "T24")
async def test_mail_with_a_code_in_text_and_html(world):
    letter_id = await owed(world)
    await world.letter_sender.send_due()
    (letter,) = world.mailbox.letters
    assert letter["To"] == "reader@example.test"
    assert letter["Message-ID"] == f"<{letter_id}@nmo.example>"
    assert "493817" not in letter["Subject"], "subjects stand in the logs of mail servers"
    plain = letter.get_body(("plain",)).get_content()
    html = letter.get_body(("html",)).get_content()
    assert "Здравствуйте, Анна Сергеевна!" in plain
    assert "493817" in plain
    assert "<strong>493817</strong>" in html
    assert "href" not in html
    assert world.letters.settled == [(str(letter_id), "sent")]
    assert await jobs(world) == [("sent", 1)]
    await due_now(world)
    await world.letter_sender.send_due()
    assert len(world.mailbox.letters) == 1
    everything = ""
    for table in ("letter_job", "letter_attempt", "inbox", "outbox"):
        rows = await world.sql(f"select row_to_json(t)::text from {table} t")  # noqa: S608 names of the list above
        everything += " ".join(row[0] for row in rows)
    assert "493817" not in everything
    assert "reader@" not in everything


@pytest.mark.req("NOT-01", "REG-05")
async def test_text_message(world):
    await owed(world, channel="sms", to="+79120000001", kind="second_step_code")
    await world.letter_sender.send_due()
    (message,) = world.letters.texts
    assert message["to"] == "+79120000001"
    assert message["text"].startswith("493817 ")
    assert await jobs(world) == [("sent", 1)]


@pytest.mark.req("NOT-03")
async def test_event_told_twice_sends_once(world):
    letter_id = world.letters.owe()
    event = LetterIssuedV1(letter_id=letter_id, channel="email", kind="contact_code")
    for _ in range(2):  # another delivery of the same letter, not only of the same message
        await deliver(world.db, on_letter_issued, event, consumer="letters")
    await world.letter_sender.send_due()
    assert len(world.mailbox.letters) == 1


@pytest.mark.req("NOT-03")
async def test_mail_server_that_breaks_off_gets_the_letter_once(world):
    world.mailbox.answers = ["421 closing", "451 try later"]
    await owed(world)
    for state in ("pending", "pending", "sent"):
        await due_now(world)
        await world.letter_sender.send_due()
        assert (await jobs(world))[0][0] == state
    assert len(world.mailbox.letters) == 1
    log = await world.sql("select result from letter_attempt order by id")
    assert [row[0] for row in log] == ["retry", "retry", "sent"]


async def test_identity_down_means_later_and_the_outcome_is_told_then(world):
    letter_id = await owed(world)
    world.letters.down = True
    await world.letter_sender.send_due()
    assert await jobs(world) == [("pending", 0)]
    world.letters.down = False
    await due_now(world)
    await world.letter_sender.send_due()
    assert world.letters.settled == [(str(letter_id), "sent")]


async def test_outcome_is_told_again_until_identity_hears_it(world):
    letter_id = await owed(world)
    await world.letter_sender.send_due()
    await world.sql("update letter_job set settled_at = null")
    world.letters.settled.clear()
    await due_now(world)
    await world.letter_sender.send_due()
    assert world.letters.settled == [(str(letter_id), "sent")]
    assert len(world.mailbox.letters) == 1, "only the outcome was owed"


@pytest.mark.req("P07")
async def test_letter_that_is_over_is_not_sent(world):
    letter_id = await owed(world)
    world.letters.known.clear()
    await world.letter_sender.send_due()
    assert world.mailbox.letters == []
    assert await jobs(world) == [("over", 1)]
    assert world.letters.settled == []
    assert letter_id


@pytest.mark.req("NOT-03")
async def test_address_that_takes_no_letters_is_told_as_such_even_later(world):
    letter_id = await owed(world)
    world.mailbox.nobody = True
    await world.letter_sender.send_due()
    assert await jobs(world) == [("failed", 1)]
    assert world.letters.settled == [(str(letter_id), "bounced")]
    await world.sql("update letter_job set settled_at = null")
    await due_now(world)
    await world.letter_sender.send_due()
    assert world.letters.settled == [(str(letter_id), "bounced")] * 2


async def test_refused_text_message_is_given_up(world):
    world.letters.sms_answers = [503, 422]
    await owed(world, channel="sms", to="+79120000001", kind="second_step_code")
    for state in ("pending", "failed"):
        await due_now(world)
        await world.letter_sender.send_due()
        assert (await jobs(world))[0][0] == state
    assert [outcome for _, outcome in world.letters.settled] == ["failed"]


async def test_unknown_kind_is_parked(world):
    event = LetterIssuedV1(letter_id=world.letters.owe(), channel="email", kind="no_such_kind")
    with pytest.raises(Permanent):
        await deliver(world.db, on_letter_issued, event, consumer="letters")


@pytest.mark.req("T10")
async def test_links_stand_under_the_configured_address_alone(world):
    await owed(world, kind="email_changed", params={"token": "abc-123", "new": "n•••@example.test"})
    await world.letter_sender.send_due()
    (letter,) = world.mailbox.letters
    for part in ("plain", "html"):
        words = letter.get_body((part,)).get_content()
        assert set(re.findall(r"https?://[^/\s\"]+", words)) == {"http://127.0.0.1:8080"}
    assert "http://127.0.0.1:8080/contacts/undo/abc-123" in words


@pytest.mark.req("T13")
async def test_hostile_words_are_only_words(world):
    await owed(world, kind="email_changed", params={"token": "x", "new": '<script>alert("1")</script>'})
    await world.letter_sender.send_due()
    html = world.mailbox.letters[0].get_body(("html",)).get_content()
    assert "<script>" not in html
    assert "&lt;script&gt;" in html


@pytest.mark.parametrize("kind", sorted(catalogue.kinds()))
def test_templates_are_whole(kind):
    version = catalogue.newest_version(kind)
    template = catalogue._templates()[kind, version]
    assert template.body or template.text
    assert bool(template.body) == bool(template.subject)
    assert bool(template.action) == bool(template.link)
    # A link made of a parameter is checked when it is made.
    assert not template.link or template.link.startswith(("/", "{{"))
    assert len(template.text) < 200
