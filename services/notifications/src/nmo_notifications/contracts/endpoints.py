"""Routes of the published contracts."""

from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Path

from nmo_kit.auth import action
from nmo_kit.errors import NotFound, problems
from nmo_notifications.contracts.generator import asyncapi, schema_of
from nmo_notifications.deps import SettingsDep

router = APIRouter(prefix="/contracts", tags=["contracts"])


@router.get("/asyncapi.json", responses=problems())
@action("contracts.asyncapi.read")
async def read_asyncapi(settings: SettingsDep) -> dict[str, Any]:
    """AsyncAPI 3.0 of what partners receive."""
    publisher = urlsplit(settings.partner_amqp_url.get_secret_value())
    host = settings.partner_amqp_public_host or publisher.netloc.rpartition("@")[2]
    return asyncapi(settings.public_url, host or "broker.example:5671")


@router.get("/schemas/{type_name}.json", responses=problems(NotFound))
@action("contracts.schema.read")
async def read_schema(type_name: Annotated[str, Path(max_length=120)]) -> dict[str, Any]:
    """JSON Schema of one event's data."""
    try:
        return schema_of(type_name)
    except KeyError as error:
        raise NotFound from error
