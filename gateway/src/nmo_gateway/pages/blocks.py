"""Parts of a page that may be missing: a block whose service is down shows a notice, the page still opens (GWY-03)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request

from nmo_gateway import texts
from nmo_gateway.service_errors import ServiceDown, ServiceProblem
from nmo_gateway.services import Services

NOT_FOUND = 404


@dataclass(frozen=True, slots=True)
class Block:
    """Data of one block, or the words of the notice in its place."""

    data: Any = None
    notice: str | None = None

    @property
    def items(self) -> list[dict[str, Any]]:
        """Rows of a list answer; empty when the service is down."""
        return list(self.data["items"]) if self.data else []


def services_of(request: Request) -> Services:
    """The door to the services that the gateway opened for this request."""
    services: Services = request.state.services
    return services


async def load(
    request: Request,
    service: str,
    path: str,
    params: Mapping[str, Any] | None = None,
    *,
    absent_ok: bool = False,
) -> Block:
    """GET that never breaks the page: a stopped service becomes a notice.

    ``absent_ok``: 404 gives an empty block (the thing may rightly not be there yet).

    Raises:
        ServiceProblem: the service refused; the page as a whole answers for it.
    """
    try:
        return Block(await services_of(request).get(service, path, params=params))
    except ServiceDown as down:
        return Block(notice=texts.SERVICE_DOWN.get(down.service, "Часть сведений временно недоступна."))
    except ServiceProblem as problem:
        if absent_ok and problem.status == NOT_FOUND:
            return Block()
        raise
