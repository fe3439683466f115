"""Run the pages over the invented services: ``python serve.py [port]``; port 0 takes a free one and prints it.

The reader is chosen by the cookie ``who`` (keys of people.py); none is a guest. ``POST /_down?services=cycles,catalog``
stops services, ``POST /_hostile`` puts markup behind every text they answer, ``POST /_reset`` starts the world anew.
"""

import json
import re
import socket
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs
from uuid import UUID

import desk
import exchange  # noqa: F401 adds its addresses to the backend
import papers
import portals  # noqa: F401 adds its addresses to the backend
import uvicorn
from backend import STATE, entry_of, new_state
from backend import app as backend
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response
from people import MEMBERS
from starlette.exceptions import HTTPException
from world import uid

from nmo_gateway import pages
from nmo_gateway.browser_session.cookies import Cookies
from nmo_gateway.browser_session.model import Session
from nmo_gateway.pages import organisations
from nmo_gateway.pages.workplaces import view as workplaces
from nmo_gateway.services import Services
from nmo_gateway.upstreams import Upstreams
from nmo_kit.errors import TooManyRequests

SERVICES = ("identity", "registry", "cycles", "catalog", "applications", "notifications")
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

HOSTILE = """"'><script>stolen()</script><img src=x onerror=stolen()><a href="javascript:stolen()">«</a>"""
CYRILLIC = re.compile("[А-Яа-яЁё]")


class Person:
    def __init__(self, key):
        self.key = key
        self.session = session(key)

    async def token(self, _service):
        return self.key

    async def refresh(self, _source, _known=None):
        self.session = session(self.key)


def session(key):
    if key not in MEMBERS:
        return None
    short_name, _, _, consent, roles = MEMBERS[key]
    return Session(
        person_id=UUID(uid(f"person-{key}")),
        short_name=hostile(short_name) if STATE.get("hostile") else short_name,
        entry=entry_of(key),
        consent=consent or key in STATE["consented"],
        roles=frozenset(roles),
        previous_login_at=datetime.now(UTC) - timedelta(hours=26),
        csrf_token="csrf-of-standin",
        session_id=UUID(uid("session")),
        provider="esia",
        sid="sid",
        login_at=datetime.now(UTC),
        handle="h",
        cookie_hash=b"",
        confirmed_at=datetime.now(UTC),
    )


class Identity:
    """What the gateway itself asks identity."""

    async def end_session_request(self, asked):
        to = asked["post_logout_redirect_uri"]
        return {
            "client_title": "Стажировки клиники №7" if asked["client_id"] else None,
            "redirect_to": to or None,
        }


class Ends:
    """The browser's own side of the list of sign-ins."""

    async def last_seen(self, _person_id):
        return {uid("sid-1"): datetime.now(UTC), uid("sid-2"): datetime.now(UTC) - timedelta(minutes=12)}

    async def end_signed_in(self, _person_id, _reason, *, only=None, keep=None):
        """Nothing hangs on a sign-in here."""


class TicketLimit:
    """Three requests of guests an hour, as the gateway counts them."""

    def __init__(self):
        self.taken = []

    async def take(self, key):
        self.taken.append(key)
        if len(self.taken) > 3:
            raise TooManyRequests


def host(port):  # noqa: C901 one small application
    app = FastAPI()
    app.state.gateway = SimpleNamespace(
        cookies=Cookies(secure=False), ends=Ends(), identity=Identity(), ticket_limit=TicketLimit()
    )
    app.state.settings = SimpleNamespace(public_url="https://nmfo.example")
    box = SimpleNamespace(upstreams=None)

    @app.middleware("http")
    async def around(request: Request, call_next):
        if request.url.path.startswith("/_"):
            return await call_next(request)
        if box.upstreams is None:
            box.upstreams = await Upstreams(
                {s: f"http://127.0.0.1:{port}/_svc/{s}" for s in SERVICES}
            ).__aenter__()
        request.state.client_address = "127.0.0.1"
        person = Person(request.cookies.get("who"))
        request.state.session = person.session
        request.state.services = Services(box.upstreams, person, {})
        if request.method == "POST" and person.session:
            body = await request.body()
            multipart = request.headers["content-type"].startswith("multipart/")
            posted = (
                b'name="csrf_token"\r\n\r\ncsrf-of-standin' in body if multipart else parse_qs(body.decode())
            )
            if (multipart and not posted) or (
                not multipart and posted.get("csrf_token") != ["csrf-of-standin"]
            ):
                return JSONResponse({"code": "csrf"}, 403)
        response = await call_next(request)
        response.headers["Content-Security-Policy"] = CSP
        return response

    @app.post("/_reset")
    async def reset():
        STATE.update(new_state())
        STATE.pop("refreshed", None)
        STATE.pop("hostile", None)
        desk.reset()
        papers.reset()
        app.state.gateway.ticket_limit.taken.clear()
        organisations._kept.clear()
        workplaces._kept.clear()
        return Response(status_code=204)

    @app.post("/_hostile")
    async def be_hostile():
        STATE["hostile"] = True
        return Response(status_code=204)

    @app.post("/_down")
    async def down(services: str = ""):
        STATE["down"] = set(filter(None, services.split(",")))
        return Response(status_code=204)

    @app.get("/api/v1/registrations/challenge")
    async def challenge():
        # Any derived key begins as the problem says: solved at once.
        parameters = {"nonce": "00" * 16, "salt": "00" * 16, "cost": 1, "keyLength": 32, "keyPrefix": ""}
        return JSONResponse({"parameters": parameters, "signature": "00"})

    @app.post("/logout")
    async def logout():
        answer = Response(status_code=303, headers={"Location": "/login?out=1"})
        answer.delete_cookie("who")
        return answer

    @app.get("/_boom")
    async def boom(request: Request):
        request.state.session = session(request.cookies.get("who"))
        return await pages.render_error(request, 500)

    @app.get("/_error/{status}")
    async def error(status: int, request: Request):
        request.state.session = session(request.cookies.get("who"))
        return await pages.render_error(request, status, reference="4f1d2c9be07a4c3f9f1de0b7a5c61e22")

    for service in SERVICES:
        app.mount(f"/_svc/{service}", Down(service, backend))
    app.include_router(pages.router)

    @app.exception_handler(HTTPException)
    async def http_error(request: Request, error: HTTPException):
        return await pages.render_error(request, error.status_code)

    return app


class Down:
    def __init__(self, name, app):
        self.name, self.app = name, app

    async def __call__(self, scope, receive, send):
        if self.name in STATE["down"]:
            return await JSONResponse({"code": "unavailable"}, 503)(scope, receive, send)
        return await self.app(scope, receive, Hostile(send) if STATE.get("hostile") else send)


def hostile(value):
    """The value with markup behind each of its Russian words, as if people had typed it there."""
    if isinstance(value, dict):
        return {key: hostile(member) for key, member in value.items()}
    if isinstance(value, list):
        return [hostile(member) for member in value]
    return value + HOSTILE if isinstance(value, str) and CYRILLIC.search(value) else value


class Hostile:
    """Sends a JSON answer with markup in its texts; any other as it is."""

    def __init__(self, send):
        self.send, self.start, self.body = send, None, b""

    async def __call__(self, message):
        if message["type"] == "http.response.start":
            if b"json" in dict(message["headers"]).get(b"content-type", b""):
                self.start = message
            else:
                await self.send(message)
        elif self.start is None:
            await self.send(message)
        else:
            self.body += message.get("body", b"")
            if not message.get("more_body"):
                await self._changed()

    async def _changed(self):
        body = json.dumps(hostile(json.loads(self.body))).encode()
        fields = [(name, value) for name, value in self.start["headers"] if name != b"content-length"]
        fields.append((b"content-length", str(len(body)).encode()))
        await self.send({**self.start, "headers": fields})
        await self.send({"type": "http.response.body", "body": body})


def main():
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    sock = socket.create_server(("127.0.0.1", wanted))
    port = sock.getsockname()[1]
    sys.stdout.write(f"http://127.0.0.1:{port}\n")
    sys.stdout.flush()
    server = uvicorn.Server(uvicorn.Config(host(port), log_level="warning", timeout_graceful_shutdown=1))
    server.run(sockets=[sock])


if __name__ == "__main__":
    main()
