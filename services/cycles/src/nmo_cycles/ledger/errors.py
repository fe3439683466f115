"""Problems of the ledger."""

from nmo_kit.errors import Conflict


class AlreadyReversed(Conflict):
    """The entry was taken back before, or is itself a reversal."""

    code = "already_reversed"
    title = "Запись уже отменена"
    detail = "Эта запись уже отменена или сама отменяет другую."
