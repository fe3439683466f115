"""The mail worker: takes due jobs, asks identity for the address, sends, and logs what came of it."""

from __future__ import annotations

import asyncio
from typing import Any

import structlog

from nmo_contracts.purposes import SMS
from nmo_kit import clock, failpoints
from nmo_kit.consents import is_granted
from nmo_kit.db import Database
from nmo_kit.http import ServiceClient, UpstreamProblem, UpstreamUnavailable
from nmo_notifications.delivery import smtp
from nmo_notifications.delivery.commands import record_attempt
from nmo_notifications.delivery.letter import build_letter
from nmo_notifications.delivery.queries import Claimed, claim_due
from nmo_notifications.delivery.rules import short_text
from nmo_notifications.delivery.smtp import Result
from nmo_notifications.settings import Settings
from nmo_notifications.templates import catalogue

logger = structlog.get_logger(__name__)
BATCH = 50
LEASE_S = 60.0
PURPOSE = "deliver_message"
TEXT = "sms"


class MailSender:
    """Sends due letters; several processes may do it at once."""

    def __init__(self, settings: Settings, database: Database, identity: ServiceClient) -> None:
        """`identity` is asked for addresses at the moment of sending; they are stored nowhere here."""
        self._settings = settings
        self._db = database
        self._identity = identity
        self._sms = ServiceClient(settings.sms_url, "sms") if settings.sms_url else None

    async def close(self) -> None:
        """Close the connection to the gateway of text messages."""
        if self._sms is not None:
            await self._sms.close()

    async def send_due(self) -> None:
        """Send everything that is due now (the worker's timer)."""
        while True:
            async with self._db.write() as session:
                jobs = await claim_due(session, limit=BATCH, lease_s=LEASE_S)
            if not jobs:
                return
            await failpoints.hit("notifications.mail.claimed")
            people = await self._people(jobs)
            await asyncio.gather(*(self._send(job, people) for job in jobs))
            if len(jobs) < BATCH:
                return

    async def _people(self, jobs: list[Claimed]) -> dict[str, dict[str, Any]] | Result:
        """Names and addresses of a batch in one question; what it is for each job when there are none."""
        ids = sorted({str(job.person_id) for job in jobs})
        try:
            answer = await self._identity.post_json(
                "/internal/persons/disclose", {"person_ids": ids, "purpose": PURPOSE}
            )
        except (UpstreamUnavailable, UpstreamProblem) as error:
            logger.warning("addresses_unavailable", error=type(error).__name__)
            return "wait" if isinstance(error, UpstreamUnavailable) else "retry"
        return {str(item["person_id"]): item for item in answer["items"]}

    async def _send(self, job: Claimed, people: dict[str, dict[str, Any]] | Result) -> None:
        result: Result
        if isinstance(people, str):
            result, detail = people, "identity gives no addresses"
        else:
            attempt = self._attempt_text if job.channel == TEXT else self._attempt
            result, detail = await attempt(job, people.get(str(job.person_id)) or {})
        # The mail server has the letter, and nobody here knows it yet.
        await failpoints.hit("notifications.mail.accepted")
        async with self._db.write() as session:
            state = await record_attempt(session, job, result, detail, now=clock.now())
        if result == "bounced" and not isinstance(people, str):
            await self._tell_bounce(job, people)
        logger.info("letter", job=str(job.job_id), kind=job.kind, result=result, state=state)

    async def _tell_bounce(self, job: Claimed, people: dict[str, dict[str, Any]]) -> None:
        """Identity marks the address; when it does not answer, the next letter tells it."""
        body = {"person_id": str(job.person_id), "address": str(people[str(job.person_id)]["email"])}
        try:
            await self._identity.post_json("/internal/letters/bounces", body)
        except (UpstreamUnavailable, UpstreamProblem) as error:
            logger.warning("bounce_not_told", job=str(job.job_id), error=type(error).__name__)

    async def _attempt(self, job: Claimed, person: dict[str, Any]) -> tuple[Result, str]:
        recipient = person.get("email")
        if not recipient:
            return "no_address", "the person has no e-mail address"
        name = " ".join(part for part in (person.get("first_name"), person.get("patronymic")) if part)
        rendered = catalogue.render(job.kind, job.template_version, job.params)
        mail = catalogue.render_mail(rendered, name=name or None, public_url=self._settings.public_url)
        try:
            letter = build_letter(
                mail,
                message_id=job.message_id,
                sender=self._settings.mail_from,
                recipient=str(recipient),
                written_at=clock.now(),
            )
        except ValueError:
            return "bounced", "the address is malformed"
        return await smtp.send(self._settings, letter)

    async def _attempt_text(self, job: Claimed, person: dict[str, Any]) -> tuple[Result, str]:
        """A short message; the consent is asked again at the moment of sending."""
        async with self._db.read() as session:
            if not await is_granted(session, job.person_id, SMS):
                return "refused", "the person took the consent back"
        if not person.get("phone"):
            return "no_address", "the person has no phone"
        if self._sms is None:
            return "refused", "no gateway for text messages is configured"
        words = catalogue.render(job.kind, job.template_version, job.params)
        try:
            await self._sms.post_json("/messages", {"to": person["phone"], "text": short_text(words.title)})
        except UpstreamUnavailable:
            return "retry", "the gateway for text messages does not answer"
        except UpstreamProblem as problem:
            return "refused", f"the gateway for text messages answered {problem.status}"
        return "sent", ""
