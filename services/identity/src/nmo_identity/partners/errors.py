"""Problems of registering partners."""

from __future__ import annotations

from nmo_kit.errors import Conflict


class ClientTaken(Conflict):
    """The name is in use."""

    code, title = "client_taken", "Имя клиента занято"
    detail = "Клиент с таким именем уже есть. Выберите другое имя."
