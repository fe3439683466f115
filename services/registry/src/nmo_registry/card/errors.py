"""Problems of the register card."""

from nmo_kit.errors import NotFound


class NotInRegister(NotFound):
    """The person is not in the register (MAT-05)."""

    code, title = "not_in_register", "Вас нет в регистре"
    detail = "В федеральном регистре медицинских работников нет записи о вас. Её вносит работодатель."
