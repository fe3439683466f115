"""The sender of identity's letters: takes the content, sends it by mail or as a text message, tells identity."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from nmo_kit import clock, failpoints
from nmo_kit.db import Database
from nmo_kit.http import ServiceClient, UpstreamProblem, UpstreamUnavailable
from nmo_notifications.delivery import smtp
from nmo_notifications.delivery.letter import build_letter
from nmo_notifications.letters.commands import LetterResult, record_letter_attempt, record_settled
from nmo_notifications.letters.queries import ClaimedLetter, claim_letters
from nmo_notifications.settings import Settings
from nmo_notifications.templates import letters as catalogue

logger = structlog.get_logger(__name__)
BATCH = 50
LEASE_S = 60.0
GONE, NOT_FOUND, SERVER_FAULT = 410, 404, 500


class LetterSender:
    """Sends letters that are due; several processes may do it at once."""

    def __init__(self, settings: Settings, database: Database, identity: ServiceClient) -> None:
        """The content of a letter is in memory from taking to sending and nowhere else."""
        self._settings = settings
        self._db = database
        self._identity = identity
        self._sms = ServiceClient(settings.sms_url, "sms") if settings.sms_url else None

    async def close(self) -> None:
        """Close connections."""
        if self._sms is not None:
            await self._sms.close()

    async def send_due(self) -> None:
        """Send what is due now, and tell identity what it was not told yet (the worker's timer)."""
        while True:
            async with self._db.write() as session:
                claimed = await claim_letters(session, limit=BATCH, lease_s=LEASE_S)
            if not claimed:
                return
            await failpoints.hit("notifications.letter.claimed")
            await asyncio.gather(*(self._handle(job) for job in claimed))
            if len(claimed) < BATCH:
                return

    async def _handle(self, job: ClaimedLetter) -> None:
        state, bounced = job.state, job.bounced
        if state == "pending":
            result, detail = await self._attempt(job)
            # The mail server has the letter, and nobody here knows it yet.
            await failpoints.hit("notifications.letter.accepted")
            async with self._db.write() as session:
                state = await record_letter_attempt(session, job.letter_id, result, detail, now=clock.now())
            bounced = result == "bounced"
            logger.info("letter", job=str(job.letter_id), kind=job.kind, result=result, state=state)
        if state in {"sent", "failed"}:
            await self._settle(job, "bounced" if bounced else state)

    async def _attempt(self, job: ClaimedLetter) -> tuple[LetterResult, str]:
        try:
            taken = await self._identity.post_json(f"/internal/letters/{job.letter_id}/take", {})
        except UpstreamUnavailable:
            return "wait", "identity does not answer"
        except UpstreamProblem as problem:
            over = problem.status in {GONE, NOT_FOUND}
            return ("over" if over else "retry"), f"identity answered {problem.status}"
        if job.channel == "sms":
            return await self._send_text(job, taken)
        return await self._send_mail(job, taken)

    async def _send_mail(self, job: ClaimedLetter, taken: dict[str, Any]) -> tuple[LetterResult, str]:
        mail = catalogue.render_mail(
            job.kind,
            job.template_version,
            taken["params"],
            name=taken["name"],
            public_url=self._settings.public_url,
        )
        try:
            letter = build_letter(
                mail,
                message_id=job.letter_id,
                sender=self._settings.mail_from,
                recipient=str(taken["to"]),
                written_at=clock.now(),
            )
        except ValueError:
            return "bounced", "the address is malformed"
        return await smtp.send(self._settings, letter)

    async def _send_text(self, job: ClaimedLetter, taken: dict[str, Any]) -> tuple[LetterResult, str]:
        if self._sms is None:
            return "refused", "no gateway for text messages is configured"
        words = catalogue.render_text(
            job.kind, job.template_version, taken["params"], public_url=self._settings.public_url
        )
        try:
            await self._sms.post_json("/messages", {"to": taken["to"], "text": words})
        except UpstreamUnavailable:
            return "retry", "the gateway for text messages does not answer"
        except UpstreamProblem as problem:
            return "refused", f"the gateway for text messages answered {problem.status}"
        return "sent", ""

    async def _settle(self, job: ClaimedLetter, outcome: str) -> None:
        """Tell identity; when it does not answer, the claim ends and the outcome is told then."""
        try:
            await self._identity.post_json(f"/internal/letters/{job.letter_id}/settle", {"outcome": outcome})
        except (UpstreamUnavailable, UpstreamProblem) as error:
            logger.warning("letter_not_settled", job=str(job.letter_id), error=type(error).__name__)
            return
        async with self._db.write() as session:
            await record_settled(session, job.letter_id, now=clock.now())
