"""Problems of the match."""

from nmo_kit.errors import Unavailable


class RegisterUnavailable(Unavailable):
    """The register does not answer and the mirror cannot answer in its place."""

    code, title = "register_unavailable", "Регистр не отвечает"
    detail = "Федеральный регистр сейчас не отвечает. Сверка данных повторится автоматически."


class CardSetAside(Unavailable):
    """The register answers, but its card of this person cannot be read: nobody may be told that there is none."""

    code, title = "register_card_set_aside", "Карточка в регистре проверяется"
    detail = (
        "Федеральный регистр прислал карточку, которую не удалось прочитать. Её проверяют, сверка данных повторится "
        "автоматически."
    )
