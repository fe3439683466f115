"""Problems of the comparison."""

from __future__ import annotations

from nmo_kit.errors import Conflict


class NoDifference(Conflict):
    """There is nothing to answer: both sources say the same."""

    code, title = "no_difference", "Расхождения уже нет"
    detail = "Эти сведения уже совпадают с регистром. Обновите страницу."


class RegisterMoved(Conflict):
    """The register's record is another one than the person looked at."""

    code, title = "register_moved", "Регистр обновил запись"
    detail = "Пока вы смотрели, запись в регистре изменилась. Обновите страницу и сверьте ещё раз."
