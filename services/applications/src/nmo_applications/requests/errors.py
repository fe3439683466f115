"""Problems of requests."""

from __future__ import annotations

from nmo_applications.requests.rules import Action, Kind, Status
from nmo_kit.errors import Conflict, Problem

_STATUS = {
    Status.NEW: "новое",
    Status.TAKEN: "в работе",
    Status.WAITING: "ждёт ответа заявителя",
    Status.PROPOSED: "ждёт решения второго сотрудника",
    Status.APPROVED: "изменение выполняется",
    Status.CLOSED: "закрыто",
}


class IllegalMove(Conflict):
    """The graph has no such move from the present status."""

    code, title = "illegal_move", "Действие недоступно"

    def __init__(self, status: Status, action: Action) -> None:
        """Name the present status."""
        super().__init__(
            f"Обращение сейчас {_STATUS[status]}, поэтому действие недоступно. Обновите страницу.",
            present_status=str(status),
            action=str(action),
        )


class AlreadyOpen(Conflict):
    """The person has an open request of this kind; `request_id` in the body is its id."""

    code, title = "already_open", "Такое обращение уже есть"

    def __init__(self, request_id: str, number: str, kind: Kind) -> None:
        """Name it."""
        super().__init__(
            f"Обращение № {number} об этом уже открыто. Дополните его, новое не нужно.",
            request_id=request_id,
            number=number,
            kind=str(kind),
        )


class TooManyOpen(Conflict):
    """A person may have only so many open requests."""

    code, title = "too_many_open", "Слишком много открытых обращений"
    detail = "Сейчас открыто 10 ваших обращений. Дождитесь ответа или закройте ненужные."


class TakenByAnother(Conflict):
    """An employee works on it already (ROL-04)."""

    code, title = "taken_by_another", "Обращение уже в работе"
    detail = "Обращение взял другой сотрудник. Выберите следующее из очереди."


class TakeFirst(Conflict):
    """Nothing is shown and nothing can be done before the request is taken (ROL-04)."""

    code, title = "take_first", "Сначала возьмите обращение"
    detail = "Возьмите обращение в работу: до этого сведения о заявителе скрыты."


class OwnRequest(Problem):
    """Employees do not decide on requests of their own."""

    status, code, title = 403, "own_request", "Это ваше обращение"
    detail = "Своё обращение рассматривать нельзя. Его возьмёт другой сотрудник."


class SecondApproverRequired(Problem):
    """The employee who proposed a change cannot approve it (P12)."""

    status, code, title = 403, "second_approver_required", "Нужен второй сотрудник"
    detail = "Изменение предложили вы. Утвердить или отклонить его должен другой сотрудник поддержки."
