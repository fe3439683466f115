"""Calls of the gateway itself to identity: begin, finish and end sign-ins."""

import json
from typing import Any

from nmo_gateway.edge.context import trace_headers
from nmo_gateway.service_errors import ServiceDown, ServiceProblem
from nmo_gateway.upstream_http import CallError
from nmo_gateway.upstreams import Deadline, Upstreams
from nmo_kit.http import ServiceTokens, UpstreamUnavailable

# Finishing a sign-in asks the provider, and the register after it.
DEADLINE = Deadline(total_s=25.0, idle_s=25.0)
ERROR = 400
UNAUTHORIZED = 401


class IdentityClient:
    """Identity's internal routes, under the gateway's own service token."""

    def __init__(self, upstreams: Upstreams, tokens: ServiceTokens) -> None:
        self._upstreams = upstreams
        self._tokens = tokens

    async def start(self, provider: str, flow_id: str) -> str:
        """Address at the provider to send the browser to. Raises ServiceDown, ServiceProblem."""
        answer = await self._post("/internal/login/start", {"provider": provider, "flow_id": flow_id})
        return str(answer["authorize_url"])

    async def finish(self, body: dict[str, Any]) -> dict[str, Any]:
        """Session and person of a callback. Raises ServiceDown, ServiceProblem (codes ``login_…``)."""
        answer: dict[str, Any] = await self._post("/internal/login/finish", body)
        return answer

    async def logout(self, handle: str, *, reason: str = "logout") -> str | None:
        """End identity's session; where the provider's can be ended. Raises ServiceDown, ServiceProblem."""
        answer = await self._post("/internal/login/logout", {"handle": handle, "reason": reason})
        url = answer.get("provider_logout_url") if isinstance(answer, dict) else None
        return str(url) if url else None

    async def start_confirming(self, provider: str, flow_id: str, handle: str, *, signed_out: bool) -> str:
        """Address at the provider on the way to prove anew who one is: its sign-out first, then its sign-in."""
        body = {"provider": provider, "flow_id": flow_id, "handle": handle, "signed_out": signed_out}
        return str((await self._post("/internal/login/confirm/start", body))["authorize_url"])

    async def finish_confirming(self, body: dict[str, Any]) -> None:
        """The same person has come back: their session's sign-in is recent again. Raises as `finish`."""
        await self._post("/internal/login/confirm/finish", body)

    async def finish_link(self, body: dict[str, Any]) -> dict[str, Any]:
        """Session and person after a provider was tied. Raises ServiceDown, ServiceProblem (codes ``link_…``)."""
        answer: dict[str, Any] = await self._post("/internal/links/finish", body)
        return answer

    async def join(self, body: dict[str, Any]) -> dict[str, Any]:
        """The same after an account of the portal was tied by its password or code."""
        answer: dict[str, Any] = await self._post("/internal/links/join", body)
        return answer

    async def second_step(self, path: str, body: dict[str, Any]) -> Any:
        """A call about the second step of a sign-in. Raises ServiceDown, ServiceProblem."""
        return await self._post(f"/internal/local/second-step{path}", body)

    async def undo_contact(self, token: str) -> dict[str, Any]:
        """Take the change of a contact back. Raises ServiceDown, ServiceProblem."""
        answer: dict[str, Any] = await self._post("/internal/contacts/undo", {"token": token})
        return answer

    async def end_session_request(self, asked: dict[str, str]) -> dict[str, Any]:
        """Which portal wants the session ended, and where the browser may go after. Raises ServiceDown, ServiceProblem."""
        answer: dict[str, Any] = await self._post("/internal/oidc/end-session", asked)
        return answer

    async def ways_to_confirm(self, handle: str) -> list[str]:
        """Second steps of a local account's session. Raises ServiceDown, ServiceProblem."""
        return [
            str(way)
            for way in (await self._post("/internal/login/confirm/ways", {"handle": handle}))["methods"]
        ]

    async def send_confirming_code(self, handle: str) -> None:
        """Send the code of the second step as a text message. Raises ServiceDown, ServiceProblem."""
        await self._post("/internal/login/confirm/code", {"handle": handle})

    async def confirm_by_password(self, handle: str, password: str, method: str, code: str) -> None:
        """Confirm a local account's session. Raises ServiceDown, ServiceProblem."""
        body = {"handle": handle, "password": password, "method": method or None, "code": code or None}
        await self._post("/internal/login/confirm/password", body)

    async def backchannel_logout(self, provider: str, token: str) -> None:
        """Pass a provider's logout token on. Raises ServiceDown, ServiceProblem (400: not to be believed)."""
        await self._post("/internal/login/backchannel", {"provider": provider, "logout_token": token})

    async def local(self, step: str, body: dict[str, Any]) -> dict[str, Any]:
        """A step of signing in by password: ``login``, ``unlock``, ``unlock/confirm``; what identity answers.

        Raises ServiceDown, ServiceProblem.
        """
        answer: dict[str, Any] | None = await self._post(f"/internal/local/{step}", body)
        return answer or {}

    async def own_token(self, service: str) -> str:
        """The gateway's own token for a service. Raises ServiceDown("identity")."""
        try:
            return await self._tokens.get(service)
        except UpstreamUnavailable as error:
            raise ServiceDown("identity") from error

    async def _post(self, path: str, body: dict[str, Any]) -> Any:
        """Post, and once more with a new token when ours was refused: the gate refuses before anything is done."""
        status, parsed = await self._send(path, body)
        if status == UNAUTHORIZED:
            self._tokens.forget("identity")
            status, parsed = await self._send(path, body)
        if status < ERROR:
            return parsed
        problem = parsed if isinstance(parsed, dict) else {}
        if str(problem.get("code", "")).startswith(("login_", "provider_")) or status < 500:  # noqa: PLR2004 HTTP
            raise ServiceProblem("identity", status, problem)
        raise ServiceDown("identity", "failed", status)

    async def _send(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        token = await self.own_token("identity")
        headers = {
            "Accept": "application/json",
            "Content-Type": "application/json",
            "Authorization": f"Bearer {token}",
            **trace_headers(),
        }
        data = json.dumps(body, ensure_ascii=False).encode()
        try:
            async with self._upstreams.open(
                "identity", "POST", path, headers=headers, data=data, deadline=DEADLINE
            ) as answer:
                raw = await answer.read()
                return answer.status, json.loads(raw) if raw else None
        except TimeoutError as error:
            raise ServiceDown("identity", "timeout") from error
        except (CallError, ValueError) as error:
            raise ServiceDown("identity", "failed") from error
