"""Refusals of the reference books."""

from nmo_kit.errors import Conflict, NotFound


class VersionMissing(NotFound):
    """The version was never fetched."""

    code = "book_version_missing"
    title = "Такой версии нет"
    detail = "Эту версию справочника ещё не загружали. Загрузите её и повторите."


class StillInForce(Conflict):
    """A value in force has no successors."""

    code = "book_value_in_force"
    title = "Значение действует"
    detail = "Это значение справочника действует, поэтому преемник ему не нужен."
