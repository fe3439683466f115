"""Words for people: statuses, actions, roles. One set for the page, the documents and the errors."""

from nmo_applications.enrolment.rules import Action, Status

STATUS_TITLES: dict[Status, str] = {
    Status.DRAFT: "Формируется заявка",
    Status.SUBMITTED: "На рассмотрении",
    Status.DOCUMENTS_REQUESTED: "Нужны документы",
    Status.CONFIRMED: "Одобрена",
    Status.REJECTED: "Отклонена",
    Status.ENROLLED: "Вы зачислены",
    Status.COMPLETED: "Успешно завершён",
    Status.FAILED: "Не завершён",
    Status.WITHDRAWN: "Отозвана",
}

_ACTION_WORDS: dict[Action, str] = {
    Action.EDIT: "изменить заявку",
    Action.SUBMIT: "подать заявку",
    Action.WITHDRAW: "отозвать заявку",
    Action.DELETE: "удалить заявку",
    Action.CONFIRM: "одобрить заявку",
    Action.REJECT: "отклонить заявку",
    Action.REQUEST_DOCUMENTS: "запросить документы",
    Action.ENROL: "зачислить слушателя",
    Action.COMPLETE: "внести результат",
    Action.FAIL: "внести результат",
    Action.REFUSE_SEAT: "отказать в месте",
}

SEAT_REFUSALS: dict[str, str] = {
    "no_seats": "Свободных мест не осталось. Выберите другую программу или другие даты",
    "archived": "Программа снята с каталога. Выберите другую программу",
    "started": "Обучение по программе уже началось. Выберите другие даты",
}

DOCUMENT_TITLES = {
    "application": "Заявка на цикл",
    "certificate": "Образовательный сертификат",
    "referral": "Путёвка",
}
BASIS_TITLES = {
    "budget": "бюджетная",
    "contract": "договорная",
    "contract_foms": "договорная (за счёт средств ФОМС)",
}
FORM_TITLES = {"full_time": "очная", "part_time": "очно-заочная", "correspondence": "заочная"}
PAYER_TITLES = {"person": "физическое лицо", "legal_entity": "юридическое лицо"}
EMPLOYMENT_TITLES = {"employed": "работаю", "unemployed": "не работаю"}


def illegal_move_text(status: Status, action: Action, *, deleted: bool = False) -> str:
    """A sentence that says what cannot be done and names the present status."""
    present = "Удалена" if deleted else STATUS_TITLES[status]
    return f"Нельзя {_ACTION_WORDS[action]}: статус заявки — «{present}». Обновите страницу."


def seat_refusal_text(reason: str) -> str:
    """Why there is no seat, in words; an unknown reason gets the general sentence."""
    return SEAT_REFUSALS.get(reason, "Организация не может дать место на этой программе")
