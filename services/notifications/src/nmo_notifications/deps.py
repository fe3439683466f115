"""Resources of the process as dependencies of routes."""

from typing import Annotated

from fastapi import Depends, Request

from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_notifications.inbox.stream import Hub
from nmo_notifications.partners.queues import PartnerQueues
from nmo_notifications.settings import Settings


async def _hub(request: Request) -> Hub:
    found: Hub = request.app.state.hub
    return found


async def _cipher(request: Request) -> FieldCipher:
    found: FieldCipher = request.app.state.cipher
    return found


async def _queues(request: Request) -> PartnerQueues:
    found: PartnerQueues = request.app.state.partner_queues
    return found


async def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


async def _database(request: Request) -> Database:
    found: Database = request.app.state.db
    return found


HubDep = Annotated[Hub, Depends(_hub)]
CipherDep = Annotated[FieldCipher, Depends(_cipher)]
QueuesDep = Annotated[PartnerQueues, Depends(_queues)]
SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
"""For answers that outlive the request's session: streams and long polls open their own."""
