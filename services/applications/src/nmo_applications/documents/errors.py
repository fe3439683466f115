"""Problems of documents."""

from nmo_kit.errors import Conflict


class FormNotFilled(Conflict):
    """A document is formed from a filled form."""

    code = "form_not_filled"
    title = "Заявка не заполнена"
    detail = "Заполните и сохраните заявку, после этого документ можно скачать."
