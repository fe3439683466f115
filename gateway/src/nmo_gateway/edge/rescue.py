"""Last net under every layer: an unforeseen fault becomes an answer with a reference code, never a broken one."""

import structlog
from sqlalchemy.exc import SQLAlchemyError

from nmo_gateway.asgi import App, Receive, Scope, Send
from nmo_gateway.edge.refusal import refuse
from nmo_kit.errors import InternalError, Unavailable

logger = structlog.get_logger(__name__)


class Rescue:
    """Answers 503 for outages and 500 for faults of ours, when nothing was sent yet."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            outage = isinstance(error, SQLAlchemyError | OSError | TimeoutError)
            if outage:
                logger.warning("operational_error", error=type(error).__name__)
            else:
                logger.exception("unhandled_error", error=type(error).__name__)
            if not scope["state"].get("answer_started"):
                await refuse(scope, receive, send, Unavailable() if outage else InternalError())
