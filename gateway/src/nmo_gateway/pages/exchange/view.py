"""What the page says about the exchange. Pure."""

from typing import Any

from nmo_gateway import texts

MINUTE, HOUR, DAY = 60, 3600, 86_400
LATE_S = 15 * MINUTE
"""A mirror that was not confirmed for this long is called behind."""
SILENT_S = 2 * MINUTE
"""A comparison whose progress stands still for this long is called stopped."""
FIELDS = {
    "oid": "номер записи",
    "snils": "СНИЛС",
    "lastName": "фамилия",
    "birthDate": "дата рождения",
    "gender": "пол",
    "certId": "номер сертификата в регистре",
    "organization": "номер организации",
    "previousNames": "прежние имена",
    "educationCommon": "общее образование",
    "educationProf": "профессиональное образование",
    "educationPostgraduate": "послевузовское образование",
    "educationExt": "дополнительное образование",
    "educationCert": "сертификаты",
    "personAccreditation": "аккредитации",
    "accreditationProcedures": "процедуры аккредитации",
    "personCards": "места работы",
    "personQualification": "категории",
    "personNomination": "награды",
    "id": "номер документа или места работы в регистре",
    "examDate": "дата экзамена и выдачи",
    "passDate": "дата сдачи и протокола",
    "too long": "слишком длинный текст",
    "item": "запись списка",
}
PARTLY = "incomplete: "
"""Begins the reason of a card that was written but for some of its documents or jobs."""
REASONS = {
    "snils_taken": "СНИЛС уже стоит в другой записи регистра",
    "unreadable: broken line": "Строка выгрузки повреждена или в другой кодировке",
    "unreadable: too long": "В карточке слишком длинный текст",
    "unreadable: broken answer": "Карточка повреждена или в другой кодировке",
    "unreadable: not a card": "В строке выгрузки нет карточки",
}
STOPPED = {
    "too_many_missing": "в выгрузке нет слишком многих людей, никто не удалён. "
    "Проверьте выгрузку, затем запустите сверку и отметьте «Удалить всех, кого нет в регистре»",
    "dump_expired": "регистр заменил выгрузку. Сверка начинается сначала",
}
PHASES = {
    "reading": texts.Status("Идёт", "blue"),
    "removing": texts.Status("Проверяются выбывшие", "blue"),
    "done": texts.Status("Завершена", "green"),
    "stopped": texts.Status("Остановлена", "red"),
}


def feed_of(data: dict[str, Any]) -> dict[str, Any]:
    """The change feed: state, age, faults."""
    return {
        "status": _status(data),
        "failing": data["failures"] > 0,
        "error": _error(data["last_error"]) if data["failures"] else None,
        "error_at": texts.moment(data["last_error_at"]),
        "next_at": texts.moment(data["next_attempt_at"]),
        "confirmed": f"{texts.moment(data['last_success_at'])} мск" if data["last_success_at"] else "ещё не было",
        "age": f"{lasting(data['age_s'])} назад" if data["age_s"] is not None else None,
        "remaining": None if data["remaining"] is None else texts.number(data["remaining"]),
        "applied": texts.number(data["applied_total"]),
        "failures": data["failures"],
        "set_aside": texts.counted(data["quarantined"], "карточка", "карточки", "карточек"),
    }  # fmt: skip


def comparison_of(data: dict[str, Any] | None) -> dict[str, Any] | None:
    """The full comparison: how far, how fast, how long yet."""
    if data is None:
        return None
    running = data["phase"] in {"reading", "removing"}
    silent = running and data["silent_s"] > SILENT_S
    share = min(100, int(100 * data["taken"] / data["total"])) if data["total"] else 100
    return {
        "status": texts.Status("Прервана", "yellow") if silent else PHASES[data["phase"]],
        "running": running,
        "silent": silent,
        "why": STOPPED.get(data["stopped_because"] or ""),
        "share": share,
        "done": f"{texts.number(data['taken'])} из {texts.number(data['total'])} ({share}{texts.NBSP}%)",
        "rate": f"{texts.number(round(data['rate_per_s']))} в секунду" if data["rate_per_s"] else None,
        "left": lasting(data["left_s"]) if running and not silent and data["left_s"] is not None else None,
        "began": f"{texts.moment(data['started_at'])} мск",
        "ended": f"{texts.moment(data['finished_at'])} мск" if data["finished_at"] else None,
        "found": f"новых {texts.number(data['appeared'])}, изменено {texts.number(data['changed'])}, "
        f"выбыло {texts.number(data['removed'])}, не прочитано {texts.number(data['unreadable'])}",
    }


def reason_of(item: dict[str, Any]) -> dict[str, Any]:
    """A reason with the count of the cards it holds."""
    count = texts.counted(item["count"], "карточка", "карточки", "карточек")
    return {"reason": item["reason"], "words": words_of(item["reason"]), "count": count}


def line_of(item: dict[str, Any]) -> dict[str, Any]:
    """A card that was set aside."""
    return {
        "oid": item["register_oid"],
        "words": words_of(item["reason"]),
        "attempts": item["attempts"],
        "since": texts.moment(item["first_seen_at"]),
        "next": texts.moment(item["next_attempt_at"]),
    }


def unnamed_of(item: dict[str, Any]) -> dict[str, Any]:
    """A line of a dump without a number: where it stands and why it is no card."""
    where = f"после записи {item['after_oid']}" if item["after_oid"] else "с начала"
    return {
        "dump": item["dump_id"],
        "place": f"{item['position']}-я {where}",
        "words": words_of(item["reason"]),
        "since": texts.moment(item["noted_at"]),
    }


def words_of(reason: str) -> str:
    """Why a card was set aside."""
    if reason in REASONS:
        return REASONS[reason]
    if reason.startswith(PARTLY):
        places = (fault.partition(".") for fault in reason.removeprefix(PARTLY).split(", "))
        named = "; ".join(
            f"{FIELDS.get(block, block)}, {FIELDS.get(field, field)}" for block, _, field in places
        )
        return f"Карточка записана не вся, прежние данные сохранены. Нет поля или в нём ошибка: {named}"
    field = reason.removeprefix("unreadable: ").partition(":")[0].strip()
    return f"Нет поля или в нём ошибка: {FIELDS.get(field, field)}"


def lasting(seconds: float) -> str:
    """A span of time in its largest unit: «40 секунд», «3 часа»."""
    if seconds < MINUTE:
        return texts.counted(int(seconds), "секунда", "секунды", "секунд")
    if seconds < HOUR:
        return texts.counted(int(seconds // MINUTE), "минута", "минуты", "минут")
    if seconds < DAY:
        return texts.counted(int(seconds // HOUR), "час", "часа", "часов")
    return texts.counted(int(seconds // DAY), "день", "дня", "дней")


def _status(data: dict[str, Any]) -> texts.Status:
    if data["failures"]:
        return texts.Status("Регистр не отвечает", "red")
    if data["age_s"] is None:
        return texts.Status("Первая загрузка", "blue")
    if data["age_s"] > LATE_S:
        return texts.Status("Отстаёт", "yellow")
    return texts.Status("Работает", "green")


def _error(reason: str | None) -> str:
    """What went wrong last, in words; the register's own code stays for the specialist of the exchange."""
    known = reason or ""
    if known.startswith("refused with"):
        return f"Регистр отказал в доступе ({known.removeprefix('refused with ')}). Проверьте ключ и сертификат портала."
    if known.startswith("status"):
        return f"Регистр ответил ошибкой {known.removeprefix('status ')}. Портал повторит запрос сам."
    if "JSON" in known or "shape" in known:
        return "Регистр прислал повреждённый или незнакомый ответ. Портал повторит запрос сам."
    if "cut short" in known:
        return "Регистр прислал не все изменения. Портал повторит запрос сам."
    if "Timeout" in known:
        return "Регистр отвечает слишком долго. Портал повторит запрос сам."
    return "Нет связи с регистром. Портал повторит запрос сам."
