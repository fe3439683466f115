"""Refusals of the exchange."""

from nmo_kit.errors import Conflict


class ComparisonUnderWay(Conflict):
    """A full comparison is under way, or asked for already."""

    code = "comparison_under_way"
    title = "Сверка уже идёт"
    detail = "Полная сверка уже идёт или назначена. Дождитесь её конца."
