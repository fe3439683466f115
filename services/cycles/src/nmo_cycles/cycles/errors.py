"""Problems of cycles."""

from nmo_kit.errors import Conflict, FieldError, Problem


class CycleOverlaps(Conflict):
    """The person has a running cycle of the specialty in these years."""

    code = "cycle_overlaps"
    title = "Такой цикл уже есть"
    detail = "По этой специальности уже открыт цикл на те же годы."


class QuestionnaireRequired(Conflict):
    """The register has no diploma of the person, and they filled in no questionnaire (REG-10)."""

    code = "questionnaire_required"
    title = "Сначала заполните анкету"
    detail = "В регистре нет вашего диплома. Заполните анкету о дипломе, потом добавьте цикл."


class DocumentTaken(Conflict):
    """A cycle stands on this document already."""

    code = "document_taken"
    title = "Цикл по этому документу уже открыт"
    detail = "По этому документу цикл уже открыт. Он есть в списке ваших циклов."


class DocumentGone(Conflict):
    """The register does not show the document any more."""

    code = "document_gone"
    title = "Этого документа больше нет в регистре"
    detail = (
        "Федеральный регистр больше не показывает этот документ, поэтому открыть по нему цикл нельзя."
        " Проверьте записи на странице «Сверка данных». Если документ действует, его вернёт в регистр отдел кадров,"
        " а вы пока добавьте его сами: «Документы об образовании» → «Добавить документ»."
    )


class CycleInUse(Conflict):
    """Something hangs on the cycle."""

    code = "cycle_in_use"
    title = "Цикл нельзя удалить"
    detail = "В плане цикла есть элементы или начислены ЗЕТ. Удалить можно только пустой цикл."


class CycleClosed(Conflict):
    """The cycle is over."""

    code = "cycle_closed"
    title = "Цикл завершён"
    detail = "Этот цикл завершён, его план больше не меняется."


class ImmutableField(Problem):
    """After saving only the preferred organisation may be changed (CYC-04)."""

    status, code, title = 422, "immutable_field", "Это поле нельзя изменить"
    detail = "После сохранения можно изменить только приоритетную организацию. Остальное исправит поддержка."

    def __init__(self, names: list[str]) -> None:
        """Name the fields."""
        super().__init__()
        message = "Это поле после сохранения исправляет только поддержка"
        self.field_errors = [
            FieldError(pointer=f"/{name}", code="immutable_field", message=message) for name in names
        ]


class StaleVersion(Problem):
    """`If-Match` names another version than the present one."""

    status, code, title = 412, "stale_version", "Цикл уже изменили"
    detail = "Пока вы смотрели на цикл, он изменился. Обновите страницу и повторите."
