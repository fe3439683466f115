"""The sink for text messages as one application."""

from collections import deque
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import uuid4

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from nmo_sandbox.common.faults import DOWN, SLOW, Fault, FaultBoard
from nmo_sandbox.common.frame import frame
from nmo_sandbox.common.pages import page
from nmo_sandbox.settings import SandboxSettings

_MOST_MESSAGES = 2000
SMS_FAULTS = (DOWN, SLOW, Fault("refuse", "every message is refused with that HTTP status", 422))


class Outgoing(BaseModel):
    """A message to send. `to` is E.164."""

    model_config = ConfigDict(extra="forbid")

    to: Annotated[str, Field(pattern=r"^\+[1-9]\d{6,14}$")]
    text: Annotated[str, Field(min_length=1, max_length=1000)]


def create_app(settings: SandboxSettings | None = None) -> FastAPI:
    """Build the application. Messages are kept in memory, the newest two thousand of them."""
    del settings
    faults = FaultBoard(SMS_FAULTS)
    kept: deque[dict[str, Any]] = deque(maxlen=_MOST_MESSAGES)
    app = frame("СМС учебного стенда", faults)

    @app.post("/messages", status_code=201)
    async def take(outgoing: Outgoing) -> dict[str, Any]:
        """Take a message."""
        if faults.on("refuse"):
            raise HTTPException(int(faults.number("refuse")), "refused by the sandbox")
        taken = {
            "id": str(uuid4()),
            "to": outgoing.to,
            "text": outgoing.text,
            "received_at": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        }
        kept.appendleft(taken)
        return taken

    @app.get("/messages")
    async def listing(to: str | None = None) -> dict[str, Any]:
        """List messages, newest first, all or those to one number."""
        return {"items": [taken for taken in kept if to is None or taken["to"] == to]}

    @app.delete("/messages", status_code=204)
    async def drop() -> None:
        """Forget every message."""
        kept.clear()

    @app.get("/")
    async def show() -> HTMLResponse:
        """Show the messages to people."""
        return page("sms.html", messages=list(kept)[:200])

    return app
