"""Refusals of the reference books."""

from nmo_kit.errors import Conflict, NotFound


class VersionMissing(NotFound):
    """The version was never fetched."""

    code = "book_version_missing"
    title = "Такой версии нет"
    detail = "Эту версию справочника ещё не загружали. Загрузите её и повторите."


class NothingToAccept(Conflict):
    """The version does not wait for anybody's word."""

    code = "book_nothing_to_accept"
    title = "Принимать нечего"
    detail = "Эта версия справочника больше не ждёт решения. Обновите страницу и посмотрите, какая действует."


class StillInForce(Conflict):
    """A value in force has no successors."""

    code = "book_value_in_force"
    title = "Значение действует"
    detail = "Это значение справочника действует, поэтому преемник ему не нужен."
