"""Problems of documents added by hand."""

from __future__ import annotations

from nmo_kit.errors import Conflict, Problem
from nmo_registry.own_documents.rules import Action, State

_STATE = {
    State.SENT: "ждёт проверки",
    State.CHECKING: "на проверке",
    State.ASKED: "ждёт дополнительных документов от владельца",
    State.VERIFIED: "подтверждён",
    State.REFUSED: "не подтверждён",
    State.REPLACED: "уже есть в регистре",
    State.WITHDRAWN: "отозван",
}


class IllegalMove(Conflict):
    """The graph has no such move from the present state."""

    code, title = "illegal_move", "Действие недоступно"

    def __init__(self, state: State, action: Action) -> None:
        """Name the present state."""
        super().__init__(
            f"Документ сейчас {_STATE[state]}, поэтому действие недоступно. Обновите страницу.",
            present_state=str(state),
            action=str(action),
        )


class AlreadyInRegister(Conflict):
    """The register shows this very document; `document_id` in the body is its id."""

    code, title = "already_in_register", "Документ уже есть в регистре"

    def __init__(self, specialty_name: str, document_id: str) -> None:
        """Name the specialty."""
        super().__init__(
            f"Документ по специальности «{specialty_name}» с этой датой экзамена уже есть в регистре. Добавлять его не нужно.",
            document_id=document_id,
        )


class AlreadySent(Conflict):
    """The person has sent this document; `document_id` in the body is its id."""

    code, title = "already_sent", "Документ уже отправлен"

    def __init__(self, number: str, document_id: str) -> None:
        """Name its number."""
        super().__init__(
            f"Документ этой специальности с этой датой экзамена уже отправлен, проверка № {number}. Исправьте его там.",
            document_id=document_id,
            number=number,
        )


class TooManyOpen(Conflict):
    """A person may have only so many documents under verification."""

    code, title = "too_many_open", "Слишком много документов на проверке"
    detail = "Сейчас на проверке 20 ваших документов. Дождитесь решения или отзовите ненужные."


class TooManyScans(Conflict):
    """A person may keep only so many scans without a document."""

    code, title = "too_many_scans", "Слишком много файлов"
    detail = "Загружено слишком много файлов. Отправьте форму с уже загруженными или повторите завтра."


class TakenByAnother(Conflict):
    """An employee works on it already (ROL-04)."""

    code, title = "taken_by_another", "Документ уже проверяют"
    detail = "Документ взял другой сотрудник. Выберите следующий из очереди."


class TakeFirst(Conflict):
    """Nothing is shown and nothing can be done before the document is taken (ROL-04)."""

    code, title = "take_first", "Сначала возьмите документ"
    detail = "Возьмите документ на проверку: до этого сведения о владельце скрыты."


class OwnDocumentRefused(Problem):
    """Employees do not verify documents of their own."""

    status, code, title = 403, "own_document", "Это ваш документ"
    detail = "Свой документ проверять нельзя. Его возьмёт другой сотрудник."
