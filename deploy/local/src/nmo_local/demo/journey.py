"""One whole journey over HTTP, from «Войти через Госуслуги» to credited ЗЕТ and a partner's verified webhook."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import aiohttp

from nmo_kit import clock
from nmo_local import lifecycle, supervise, system
from nmo_local.demo import summary
from nmo_local.demo.browser import Browser, UnexpectedAnswerError, eventually, words
from nmo_local.demo.partner import Partner
from nmo_local.report import console, fail

CARDIOLOGY = "Кардиология"
JOURNEY_ZET = Decimal(72)


@dataclass(slots=True)
class Journey:
    """What the steps hand to each other."""

    specialist: Browser
    staff: Browser
    partner: Partner
    made: dict[str, Any] = field(default_factory=dict)


Step = Callable[[Journey], Awaitable[list[str]]]


async def sign_in(journey: Journey) -> list[str]:
    """SSO-01, SSO-03: one click, ЕСИА's page, consent once."""
    address, text = await journey.specialist.sign_in()
    evidence = [f"вернулись на {address.removeprefix(system.PUBLIC_URL)}"]
    if "/consent" in address:
        for item in (await journey.specialist.api("GET", "/api/v1/me/consents"))["purposes"]:
            answer = {"text_version": item["text"]["version"], "purpose": item["purpose"]}
            await journey.specialist.api("POST", "/api/v1/me/consents", answer)
            evidence.append(f"«{item['text']['title']}»: дано, текст {item['text']['version']}")
    elif "consent" in text and "Согласен" in text:
        raise UnexpectedAnswerError("the consent page came under another address")
    me = await journey.specialist.api("GET", "/api/v1/me")
    journey.made["person_id"] = me["person_id"]
    evidence.append(f"{me['short_name']}, СНИЛС {me['snils_masked']}, вход {me['entry']}")
    return evidence


async def match(journey: Journey) -> list[str]:
    """MAT-01, FRM-01: the comparison and the mirrored documents."""
    me = await journey.specialist.api("GET", "/api/v1/me")
    if me["match"]["outcome"] not in {"exact", "equivalent"}:
        raise UnexpectedAnswerError(f"the match is {me['match']['outcome']}")
    card = await journey.specialist.api("GET", "/api/v1/register/card")
    workplace = card["employments"][0]
    journey.made["workplace"] = workplace
    return [
        f"сверка: {me['match']['outcome']}, {len(me['match']['fields'])} поля",
        (
            f"в регистре: аккредитаций {len(card['accreditations'])}, дипломов {len(card['educations'])}, "
            f"место работы «{workplace['employer_name']}»"
        ),
    ]


async def open_cycle(journey: Journey) -> list[str]:
    """CYC-01..03: a cycle from the register's document in one step."""

    async def offer() -> dict[str, Any] | None:
        offers = (await journey.specialist.api("GET", "/api/v1/cycles/offers"))["items"]
        return next((item for item in offers if item["specialty_name"] == CARDIOLOGY), None)

    found = await eventually(offer, "a ready cycle from the register")
    organization = str(system.organization_id(1))
    if found["cycle_id"] is None:
        body = {"document_id": found["document_id"], "preferred_organization_id": organization}
        cycle = await journey.specialist.api("POST", "/api/v1/cycles", body)
    else:
        cycles = (await journey.specialist.api("GET", "/api/v1/cycles"))["items"]
        cycle = next(item for item in cycles if item["cycle_id"] == found["cycle_id"])
    journey.made.update(cycle_id=cycle["cycle_id"], specialty_key=cycle["specialty_key"])
    plan = await journey.specialist.api("GET", f"/api/v1/cycles/{cycle['cycle_id']}/plan")
    targets = " + ".join(group["target_zet"] for group in plan["groups"])
    progress = await _progress(journey)
    journey.made["zet_before"] = Decimal(progress["total_zet"])
    return [f"{cycle['specialty_name']}: {cycle['starts_on']} – {cycle['ends_on']}", f"нужно {targets} ЗЕТ"]


async def apply(journey: Journey) -> list[str]:
    """CAT-02, APP-01..04: search, choice, number, form, PDF, submission, seat."""
    element = await _choose(journey)
    plan_path = f"/api/v1/cycles/{journey.made['cycle_id']}/plan/items"
    item = await journey.specialist.api("POST", plan_path, {"element_id": element["element_id"]})

    async def drafted() -> dict[str, Any] | None:
        path = f"/api/v1/applications?plan_item_id={item['plan_item_id']}"
        found = (await journey.specialist.api("GET", path))["items"]
        return found[0] if found else None

    application = await eventually(drafted, "the application's draft")
    path = f"/api/v1/applications/{application['application_id']}"
    workplace = journey.made["workplace"]
    form = {
        "employment": "employed",
        "position": workplace["position"],
        "workplace_name": workplace["employer_name"],
        "workplace_address": workplace["employer_address"],
        "region_code": workplace["region_code"],
        "basis": "budget",
        "payer": None,
        "employer_oid": workplace["employer_oid"],
    }
    application = await journey.specialist.api(
        "PATCH", path, form, **{"If-Match": f'"{application["version"]}"'}
    )
    await journey.specialist.api("POST", f"{path}/submit", {})
    pdf = await journey.specialist.download(f"{path}/documents/application.pdf")
    if not pdf.startswith(b"%PDF-"):
        raise UnexpectedAnswerError("«Заявка на цикл» is no PDF")

    async def held() -> dict[str, Any] | None:
        now = await journey.specialist.api("GET", path)
        return now if now["seat"] == "held" else None

    await eventually(held, "a held seat")
    journey.made.update(application_id=application["application_id"], number=application["number"])
    return [
        f"«{element['title']}», {element['zet']} ЗЕТ, {element['organization']['name']}",
        f"заявка [bold]{application['number']}[/], PDF {len(pdf) // 1024} КБ, место закреплено",
    ]


async def _choose(journey: Journey) -> dict[str, Any]:
    organization = str(system.organization_id(1))
    plan = await journey.specialist.api("GET", f"/api/v1/cycles/{journey.made['cycle_id']}/plan")
    chosen = {item["element_id"] for group in plan["groups"] for item in group["items"]}
    query = {
        "specialty": journey.made["specialty_key"],
        "kind": "programme",
        "organization": organization,
        "basis": "budget",
        "free": "true",
        "zet_min": "72",
        "limit": "100",
    }
    cursor: str | None = ""
    while cursor is not None:
        address = "/api/v1/catalog/elements?" + "&".join(f"{name}={value}" for name, value in query.items())
        page = await journey.specialist.api("GET", address + (f"&cursor={cursor}" if cursor else ""))
        for element in page["items"]:
            if Decimal(element["zet"]) == JOURNEY_ZET and element["element_id"] not in chosen:
                found: dict[str, Any] = element
                return found
        cursor = page["next_cursor"]
    raise UnexpectedAnswerError(
        "no free programme of 72 ЗЕТ is left; start afresh: make down, remove .local, make demo"
    )


async def decide(journey: Journey) -> list[str]:
    """APP-05: the organisation confirms, enrols, enters the result."""
    address, _ = await journey.staff.sign_in()
    if "/consent" in address:
        consents = await journey.staff.api("GET", "/api/v1/me/consents")
        await journey.staff.api(
            "POST", "/api/v1/me/consents", {"text_version": consents["current_text"]["version"]}
        )
    path = f"/api/v1/organization/applications/{journey.made['application_id']}"
    await journey.staff.api("POST", f"{path}/confirm", {})
    await journey.staff.api("POST", f"{path}/enrol", {})
    body = {
        "passed": True,
        "completed_on": clock.today().isoformat(),
        "certificate_number": f"ПК-{journey.made['number'][4:11]}",
    }
    await journey.staff.api("POST", f"{path}/complete", body)

    async def confirmed() -> dict[str, Any] | None:
        cycles = (await journey.specialist.api("GET", "/api/v1/cycles"))["items"]
        cycle = next(item for item in cycles if item["cycle_id"] == journey.made["cycle_id"])
        return cycle if cycle["status"] == "confirmed" else None

    await eventually(confirmed, "the cycle's confirmation")
    return ["заявка подтверждена, вместе с ней цикл; зачислен; результат внесён"]


async def credit(journey: Journey) -> list[str]:
    """CYC-09, CYC-10, NOT-01: ledger, progress, mail and inbox."""
    source = f"application/{journey.made['application_id']}"

    async def credited() -> dict[str, Any] | None:
        ledger = await journey.specialist.api("GET", f"/api/v1/cycles/{journey.made['cycle_id']}/ledger")
        entries = [entry for entry in ledger["items"] if entry["source"] == source]
        if len(entries) > 1:
            raise UnexpectedAnswerError("credited twice")
        return entries[0] if entries else None

    entry = await eventually(credited, "the ledger's credit")
    progress = await _progress(journey)
    gained = Decimal(progress["total_zet"]) - journey.made["zet_before"]
    if gained != JOURNEY_ZET or Decimal(entry["zet"]) != JOURNEY_ZET:
        raise UnexpectedAnswerError(f"72 ЗЕТ were expected, the ledger grew by {gained}")
    subject = await _mail(journey.made["number"])
    inbox = await journey.specialist.api("GET", "/api/v1/notifications")
    years = ", ".join(f"{year['year']}: {year['zet']}" for year in progress["years"])
    return [
        f"в ленте начислений +{entry['zet']} ЗЕТ, всего {progress['total_zet']} из {progress['target_zet']} ({years})",
        f"письмо «{subject}»; уведомлений в кабинете {len(inbox['items'])}",
    ]


async def _mail(number: str) -> str:
    async def arrived() -> str | None:
        async with (
            aiohttp.ClientSession() as client,
            client.get(f"{system.url('mailbox')}/api/v1/messages?limit=200") as answer,
        ):
            messages = (await answer.json(content_type=None))["messages"]
        subjects = (message["Subject"] for message in messages)
        return next((subject for subject in subjects if number in subject and "завершено" in subject), None)

    return await eventually(arrived, "the mail about the result")


async def _progress(journey: Journey) -> dict[str, Any]:
    found: dict[str, Any] = await journey.specialist.api(
        "GET", f"/api/v1/cycles/{journey.made['cycle_id']}/progress"
    )
    return found


async def partner(journey: Journey) -> list[str]:
    """PAR-02: the same events by queue and by signed webhook."""
    application_id = journey.made["application_id"]
    event = await journey.partner.from_queue(application_id, "completed")

    async def arrived() -> dict[str, Any] | None:
        return journey.partner.from_webhook(application_id, "completed")

    hook = await eventually(arrived, "the webhook")
    if hook["id"] == "" or "snils" in str(hook).lower():
        raise UnexpectedAnswerError("the webhook says too much or too little")
    return [
        f"очередь {journey.partner.queue['queue']}: {event['type']}",
        "вебхук: подпись Standard Webhooks проверена",
    ]


async def refused(_journey: Journey) -> list[str]:
    """MAT-01, SSO-02: a conflict is stopped with the field named; an unconfirmed account is told what to do."""
    async with Browser("conflict") as browser:
        address, text = await browser.sign_in()
        if "/consent" in address:
            consents = await browser.api("GET", "/api/v1/me/consents")
            await browser.api(
                "POST", "/api/v1/me/consents", {"text_version": consents["current_text"]["version"]}
            )
        _, address, text = await browser.page("/cabinet")
        status, problem = await browser.ask("GET", "/api/v1/cycles")
        if "отчество" not in words(text).lower() or status != 403:  # noqa: PLR2004 HTTP
            raise UnexpectedAnswerError(f"conflict was let in: {address}, API {status} {problem}")
    async with Browser("unconfirmed") as browser:
        address, text = await browser.sign_in()
        status, problem = await browser.ask("GET", "/api/v1/cycles")
        if "подтверд" not in words(text).lower() or status not in {401, 403}:
            raise UnexpectedAnswerError(f"unconfirmed was let in: {address}, API {status} {problem}")
    return [
        "conflict: вход остановлен, названо отчество",
        "unconfirmed: объяснено, как подтвердить учётную запись",
    ]


STEPS: tuple[tuple[str, Step, str], ...] = (
    ("Вход через Госуслуги и согласие", sign_in, "identity"),
    ("Сверка с регистром, личные сведения", match, "registry"),
    ("Пятилетний цикл из документа регистра", open_cycle, "cycles"),
    ("Подбор обучения и заявка", apply, "applications"),
    ("Организация решает", decide, "applications"),
    ("Начисление, прогресс, письмо", credit, "cycles"),
    ("Партнёр получил события", partner, "notifications"),
    ("Кого портал не пускает", refused, "identity"),
)


async def main() -> int:
    """Start what is not running, drive the journey, print evidence; 0 when every step came through."""
    console.rule("[bold]Портал НМФО[/] · запуск", style="cyan")
    servers = await lifecycle.up()
    console.rule("[bold]Путь специалиста[/]", style="cyan")
    async with Browser("match") as specialist, Browser("org-staff") as staff, Partner() as own_partner:
        journey = Journey(specialist, staff, own_partner)
        for number, (title, drive, service) in enumerate(
            (("Партнёр подписывается", _subscribe, "notifications"), *STEPS)
        ):
            started = time.monotonic()
            try:
                evidence = await drive(journey)
            except (UnexpectedAnswerError, aiohttp.ClientError, TimeoutError, OSError, KeyError) as error:
                fail(f"[bold]{number}. {title}[/]")
                console.print(f"     {type(error).__name__}: {error}", markup=False)
                console.print(f"  последние строки {service}:")
                console.print(supervise.tail(service), markup=False)
                return 1
            console.print(
                f"  [green]✓[/] [bold]{number}. {title}[/] [dim]{time.monotonic() - started:.1f} с[/]"
            )
            for line in evidence:
                console.print(f"      {line}")
        summary.write(servers, journey.made)
    summary.show_addresses()
    return 0


async def _subscribe(journey: Journey) -> list[str]:
    """PAR-01: token, queue, webhook."""
    await journey.partner.subscribe()
    return [
        f"клиент {system.PARTNER}: очередь {journey.partner.queue['queue']} и вебхук {journey.partner.receiver_url}"
    ]
