"""Resources of the process as dependencies of routes."""

from typing import Annotated

from fastapi import Depends, Request

from nmo_applications.documents.store import ObjectStore
from nmo_applications.settings import Settings
from nmo_applications.upstreams import Upstreams
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database


async def _upstreams(request: Request) -> Upstreams:
    found: Upstreams = request.app.state.upstreams
    return found


async def _cipher(request: Request) -> FieldCipher:
    found: FieldCipher = request.app.state.cipher
    return found


async def _files(request: Request) -> ObjectStore:
    found: ObjectStore = request.app.state.files
    return found


async def _database(request: Request) -> Database:
    found: Database = request.app.state.db
    return found


async def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


UpstreamsDep = Annotated[Upstreams, Depends(_upstreams)]
CipherDep = Annotated[FieldCipher, Depends(_cipher)]
FilesDep = Annotated[ObjectStore, Depends(_files)]
SettingsDep = Annotated[Settings, Depends(_settings)]
DatabaseDep = Annotated[Database, Depends(_database)]
"""For acts that leave a journal row even when they are refused; all others take `WriteDep` or `ReadDep`."""
