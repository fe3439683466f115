"""Problems of registering partners."""

from __future__ import annotations

from nmo_kit.errors import Conflict


class ClientTaken(Conflict):
    """The name is in use."""

    code, title = "client_taken", "Имя клиента занято"
    detail = "Клиент с таким именем уже есть. Выберите другое имя."


class NoSecret(Conflict):
    """A public client has no secret to change."""

    code, title = "client_without_secret", "У клиента нет секрета"
    detail = "Этот клиент открытый: он подтверждает себя без секрета."
