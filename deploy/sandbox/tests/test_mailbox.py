"""The mailbox: letters sent by the standard library's SMTP client, read through the API and the pages."""

import asyncio
import smtplib
from email.message import EmailMessage

import httpx2
import pytest

from nmo_sandbox.mailbox.app import create_app
from nmo_sandbox.settings import SandboxSettings


class Mailbox:
    def __init__(self, http: httpx2.AsyncClient, port: int) -> None:
        self.http = http
        self.port = port

    async def send(self, letter: EmailMessage | str, to: list[str] | None = None) -> dict:
        """Send over real SMTP; returns the recipients that were refused."""

        def deliver() -> dict:
            with smtplib.SMTP("127.0.0.1", self.port, timeout=10) as smtp:
                if isinstance(letter, str):
                    return smtp.sendmail("noreply@nmo.example.org", to or ["a@example.org"], letter)
                return smtp.send_message(letter, to_addrs=to)

        return await asyncio.to_thread(deliver)

    async def get(self, path: str) -> dict:
        answer = await self.http.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture
async def mailbox():
    app = create_app(SandboxSettings(environment="test", smtp_port=0))
    transport = httpx2.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8192") as http,
    ):
        yield Mailbox(http, app.state.smtp_port)


def letter(subject: str = "Заявка подтверждена", to: str = "Журавская Марина <match@klinika.example.org>"):
    made = EmailMessage()
    made["From"] = "Портал НМО <noreply@nmo.example.org>"
    made["To"] = to
    made["Subject"] = subject
    made["Message-ID"] = "<one@nmo.example.org>"
    made["Date"] = "Wed, 11 Mar 2026 12:00:00 +0300"
    made.set_content("Здравствуйте!\nЗаявка NMO-0000001-2026 подтверждена.")
    made.add_alternative("<h1>Здравствуйте!</h1><script>alert(1)</script>", subtype="html")
    return made


async def test_a_letter_arrives_as_it_was_sent(mailbox):
    assert await mailbox.send(letter()) == {}
    listed = await mailbox.get("/api/v1/messages")
    assert (listed["total"], listed["unread"], listed["count"]) == (1, 1, 1)
    brief = listed["messages"][0]
    assert brief["From"] == {"Name": "Портал НМО", "Address": "noreply@nmo.example.org"}
    assert brief["To"] == [{"Name": "Журавская Марина", "Address": "match@klinika.example.org"}]
    assert brief["Subject"] == "Заявка подтверждена"
    assert brief["Snippet"] == "Здравствуйте! Заявка NMO-0000001-2026 подтверждена."
    full = await mailbox.get(f"/api/v1/message/{brief['ID']}")
    assert "Заявка NMO-0000001-2026 подтверждена." in full["Text"]
    assert full["HTML"].startswith("<h1>Здравствуйте!</h1>")
    assert (full["Date"], full["MessageID"]) == ("2026-03-11T09:00:00.000Z", "one@nmo.example.org")
    assert (await mailbox.get("/api/v1/messages"))["unread"] == 0


async def test_newest_first_searched_and_paged(mailbox):
    for number in range(3):
        await mailbox.send(letter(f"Письмо {number}", to=f"person{number}@example.org"))
    assert [m["Subject"] for m in (await mailbox.get("/api/v1/messages"))["messages"]] == [
        "Письмо 2",
        "Письмо 1",
        "Письмо 0",
    ]
    page = await mailbox.get("/api/v1/messages?start=1&limit=1")
    assert [m["Subject"] for m in page["messages"]] == ["Письмо 1"]
    assert (await mailbox.get("/api/v1/message/latest"))["Subject"] == "Письмо 2"
    for query, count in (
        ("to:person1@example.org", 1),
        ('subject:"Письмо 0"', 1),
        ("здравствуйте", 3),
        ("to:nobody", 0),
    ):
        assert (await mailbox.http.get("/api/v1/search", params={"query": query})).json()[
            "messages_count"
        ] == count


async def test_hidden_recipients_and_attachments_are_shown(mailbox):
    made = letter()
    made.add_attachment(b"%PDF-1.7", maintype="application", subtype="pdf", filename="заявка.pdf")
    await mailbox.send(made, ["match@klinika.example.org", "hidden@example.org"])
    full = await mailbox.get("/api/v1/message/latest")
    assert full["Bcc"] == [{"Name": "", "Address": "hidden@example.org"}]
    assert [(file["FileName"], file["Size"]) for file in full["Attachments"]] == [("заявка.pdf", 8)]


async def test_an_odd_letter_does_not_break_the_box(mailbox):
    await mailbox.send("Subject: x\nContent-Type: text/plain; charset=none-such\nDate: yesterday\n\nbody")
    await mailbox.send("no head at all")
    assert (await mailbox.get("/api/v1/messages"))["total"] == 2
    assert (await mailbox.http.get("/")).status_code == 200
    first = (await mailbox.get("/api/v1/messages"))["messages"][1]
    assert (await mailbox.get(f"/api/v1/message/{first['ID']}"))["Text"].strip() == "body"


async def test_letters_are_dropped_one_by_one_and_all(mailbox):
    for number in range(3):
        await mailbox.send(letter(f"Письмо {number}"))
    newest = (await mailbox.get("/api/v1/messages"))["messages"][0]["ID"]
    await mailbox.http.request("DELETE", "/api/v1/messages", json={"IDs": [newest]})
    assert (await mailbox.get("/api/v1/messages"))["total"] == 2
    assert (await mailbox.http.delete("/api/v1/messages")).status_code == 200
    assert (await mailbox.get("/api/v1/messages"))["total"] == 0
    assert (await mailbox.http.get(f"/api/v1/message/{newest}")).status_code == 404


async def test_people_read_letters_on_a_page_where_nothing_runs(mailbox):
    await mailbox.send(letter())
    box = (await mailbox.http.get("/")).text
    assert "Заявка подтверждена" in box
    number = (await mailbox.get("/api/v1/messages"))["messages"][0]["ID"]
    assert f"/view/{number}" in box
    shown = (await mailbox.http.get(f"/view/{number}")).text
    assert '<iframe sandbox="allow-popups' in shown
    assert "<script>" not in shown
    body = await mailbox.http.get(f"/view/{number}/html")
    assert "<h1>Здравствуйте!</h1>" in body.text
    assert body.headers["content-security-policy"].startswith("sandbox allow-popups")
    assert "allow-scripts" not in body.headers["content-security-policy"]
    assert (await mailbox.http.get("/view/none")).status_code == 404


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"refuse": True}, 550),
        ({"refuse": 451}, 451),
        ({"refuse_address": "klinika"}, 550),
        ({"down": True}, 421),
    ],
)
async def test_recipients_are_refused_when_told_so(mailbox, fault, code):
    await mailbox.http.put("/sandbox/faults", json=fault)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        await mailbox.send(letter())
    assert [answer[0] for answer in refused.value.recipients.values()] == [code]
    await mailbox.http.put("/sandbox/faults", json={})
    assert (await mailbox.get("/api/v1/messages"))["total"] == 0
    await mailbox.send(letter())
    assert (await mailbox.get("/api/v1/messages"))["total"] == 1


async def test_letters_are_refused_after_they_came(mailbox):
    await mailbox.http.put("/sandbox/faults", json={"refuse_content": True})
    with pytest.raises(smtplib.SMTPDataError):
        await mailbox.send(letter())
    assert (await mailbox.get("/api/v1/messages"))["total"] == 0
