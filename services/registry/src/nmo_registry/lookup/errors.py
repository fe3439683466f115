"""Problems of the match."""

from nmo_kit.errors import Unavailable


class RegisterUnavailable(Unavailable):
    """The register does not answer and the mirror cannot answer in its place."""

    code, title = "register_unavailable", "Регистр не отвечает"
    detail = "Федеральный регистр сейчас не отвечает. Сверка данных повторится автоматически."
