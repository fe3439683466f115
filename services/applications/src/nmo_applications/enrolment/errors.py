"""Problems of applications."""

from nmo_applications.enrolment import texts
from nmo_applications.enrolment.rules import Action, Status
from nmo_kit.errors import Conflict, Problem


class IllegalMove(Conflict):
    """The state machine has no such move from the present status."""

    code = "illegal_move"
    title = "Действие недоступно"
    detail = "В этом статусе заявки действие недоступно."

    def __init__(self, status: Status, action: Action, *, deleted: bool = False) -> None:
        """Name the present status in the sentence and in the body."""
        super().__init__(texts.illegal_move_text(status, action, deleted=deleted), present_status=str(status))


class SeatPending(Conflict):
    """The organisation confirms only when a seat is held."""

    code = "seat_pending"
    title = "Место ещё не закреплено"
    detail = "Место на программе ещё не закреплено за слушателем. Обновите страницу через несколько секунд."


class StaleVersion(Problem):
    """`If-Match` names another version than the present one."""

    status, code, title = 412, "stale_version", "Заявку уже изменили"
    detail = "Пока вы заполняли заявку, её изменили. Обновите страницу и посмотрите новые данные."


class ApplicantHidden(Conflict):
    """The applicant took the consent to the organisation back: no decision may rest on their data."""

    code = "applicant_hidden"
    title = "Слушатель отозвал согласие"
    detail = (
        "Слушатель отозвал согласие на передачу данных вашей организации. Заявку можно отклонить "
        "или подождать: если он согласится снова, данные откроются."
    )
