"""The SMTP side of the mailbox."""

import asyncio
from datetime import UTC, datetime

from aiosmtpd.smtp import SMTP, Envelope, Session

from nmo_sandbox.common.faults import DOWN, SLOW, Fault, FaultBoard
from nmo_sandbox.mailbox.letters import Letter, Letters

LARGEST_LETTER = 10_000_000
MAILBOX_FAULTS = (
    DOWN,
    SLOW,
    Fault("refuse", "SMTP refuses every recipient with that reply code (4xx: for now, 5xx: for good)", 550),
    Fault("refuse_address", "SMTP refuses recipients whose address contains that text", "@"),
    Fault("refuse_content", "SMTP refuses letters after it got them, with that reply code", 554),
)


class Taker:
    """Takes letters that aiosmtpd hands over."""

    def __init__(self, letters: Letters, faults: FaultBoard) -> None:
        self._letters = letters
        self._faults = faults

    async def handle_RCPT(  # noqa: N802 the library's name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        """Accept a recipient, or refuse it when a fault says so."""
        del server, session
        await asyncio.sleep(self._faults.number("slow"))
        if self._faults.on("down"):
            return "421 4.3.2 Service not available"
        if self._faults.on("refuse"):
            code = int(self._faults.number("refuse"))
            return f"{code} {code // 100}.1.1 Refused by the sandbox"
        part = self._faults.text("refuse_address")
        if part and part.casefold() in address.casefold():
            return "550 5.1.1 Refused by the sandbox"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 same
        """Keep a letter."""
        del server, session
        if self._faults.on("refuse_content"):
            code = int(self._faults.number("refuse_content"))
            return f"{code} {code // 100}.6.0 Refused by the sandbox"
        raw = envelope.content if isinstance(envelope.content, bytes) else (envelope.content or "").encode()
        letter = Letter.take(envelope.mail_from or "", list(envelope.rcpt_tos), raw, datetime.now(UTC))
        self._letters.add(letter)
        return f"250 OK: queued as {letter.number}"


async def serve_smtp(taker: Taker, host: str, port: int) -> asyncio.Server:
    """Listen for SMTP on the running loop. Port 0 takes any free one."""
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        lambda: SMTP(
            taker,
            hostname="sandbox.example.org",
            ident="sandbox",
            enable_SMTPUTF8=True,
            data_size_limit=LARGEST_LETTER,
            loop=loop,
        ),
        host,
        port,
    )
