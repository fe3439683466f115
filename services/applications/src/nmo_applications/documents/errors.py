"""Problems of documents."""

from nmo_kit.errors import Conflict, NotFound


class FormNotFilled(Conflict):
    """A document is formed from a filled form."""

    code = "form_not_filled"
    title = "Заявка не заполнена"
    detail = "Заполните и сохраните заявку, после этого документ можно скачать."


class UnknownCode(NotFound):
    """No document has this check code; nothing more is told."""

    title = "Документа с таким кодом нет"
    detail = "Проверьте код: возможно, в нём опечатка. Если код верный, документ выдан не порталом."
