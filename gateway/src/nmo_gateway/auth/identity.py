"""Calls of the gateway itself to identity: begin, finish and end sign-ins."""

import json
from collections import deque
from typing import Any

import structlog

from nmo_gateway.edge.context import trace_headers
from nmo_gateway.service_errors import ServiceDown, ServiceProblem
from nmo_gateway.upstream_http import CallError
from nmo_gateway.upstreams import Deadline, Upstreams
from nmo_kit.http import ServiceTokens, UpstreamUnavailable

logger = structlog.get_logger(__name__)
# Finishing a sign-in asks the provider, and the register after it.
DEADLINE = Deadline(total_s=25.0, idle_s=25.0)
ERROR = 400
UNAUTHORIZED = 401
MAX_OWED = 10_000


class IdentityClient:
    """Identity's internal routes, under the gateway's own service token."""

    def __init__(self, upstreams: Upstreams, tokens: ServiceTokens) -> None:
        self._upstreams = upstreams
        self._tokens = tokens
        self._owed: deque[str] = deque(maxlen=MAX_OWED)

    async def start(self, provider: str, flow_id: str) -> str:
        """Address at the provider to send the browser to. Raises ServiceDown, ServiceProblem."""
        answer = await self._post("/internal/login/start", {"provider": provider, "flow_id": flow_id})
        return str(answer["authorize_url"])

    async def finish(self, body: dict[str, Any]) -> dict[str, Any]:
        """Session and person of a callback. Raises ServiceDown, ServiceProblem (codes ``login_…``)."""
        answer: dict[str, Any] = await self._post("/internal/login/finish", body)
        return answer

    async def logout(self, handle: str) -> str | None:
        """End identity's session; where the provider's can be ended. Raises ServiceDown, ServiceProblem."""
        answer = await self._post("/internal/login/logout", {"handle": handle})
        url = answer.get("provider_logout_url") if isinstance(answer, dict) else None
        return str(url) if url else None

    async def end_quietly(self, handle: str) -> str | None:
        """The same when nobody can be told of a failure: here the session is over anyway, there `end_owed` ends it."""
        try:
            return await self.logout(handle)
        except (ServiceDown, ServiceProblem) as error:
            logger.warning("identity_session_not_ended", error=str(error))
            self._owed.append(handle)
            return None

    async def end_owed(self) -> None:
        """End what could not be ended while identity was down: partners' refresh tokens hang on the session there.

        Kept in this process only; after a restart of it such a session runs out by itself.
        """
        while self._owed:
            handle = self._owed.popleft()
            try:
                await self.logout(handle)
            except ServiceDown:
                self._owed.appendleft(handle)
                return
            except ServiceProblem as error:
                logger.warning("identity_session_not_ended", error=str(error))
                if error.status == UNAUTHORIZED:
                    self._owed.appendleft(handle)
                    return

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
