"""Errors of calls to the services, as pages see them."""

from collections.abc import Mapping
from typing import Any

from nmo_gateway.texts import counted, plural


class ServiceError(Exception):
    """Any failed call to a service; ``service`` names the part."""

    def __init__(self, service: str, message: str) -> None:
        super().__init__(f"{service}: {message}")
        self.service = service


class ServiceDown(ServiceError):  # noqa: N818 the pages' vocabulary: the part is down
    """The service cannot be reached, does not answer in time, is overloaded or failed inside (5xx).

    ``reason`` is one of unreachable, timeout, overloaded, failed. Pages show the notice of the part and go on (GWY-03).
    """

    def __init__(self, service: str, reason: str = "unreachable", status: int | None = None) -> None:
        super().__init__(service, reason)
        self.reason = reason
        self.status = status


class ServiceProblem(ServiceError):  # noqa: N818 it carries problem+json
    """The service answered 4xx; ``problem`` is its RFC 9457 body (``{}`` when it sent none)."""

    def __init__(self, service: str, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(service, f"{status} {problem.get('code', '')}")
        self.status = status
        self.problem = dict(problem)

    @property
    def code(self) -> str:
        """Stable code such as ``seat_pending``; empty when the answer had none."""
        return str(self.problem.get("code", ""))

    @property
    def title(self) -> str:
        """Russian heading; empty when the answer had none."""
        return str(self.problem.get("title") or "")

    @property
    def detail(self) -> str:
        """Russian sentence to show; empty when the answer had none."""
        return self._with_tries_left(str(self.problem.get("detail") or self.problem.get("title") or ""))

    @property
    def field_errors(self) -> dict[str, str]:
        """Field name (first part of the JSON pointer) -> Russian message."""
        found: dict[str, str] = {}
        for error in self.problem.get("errors") or []:
            name = str(error.get("pointer", "")).lstrip("#/").split("/")[0]
            message = str(error.get("message") or error.get("detail") or "")
            found.setdefault(name, self._with_tries_left(message))
        return found

    def _with_tries_left(self, words: str) -> str:
        """The sentence, and how often a code or a password may still be typed, where the service says so."""
        left = self.problem.get("tries_left")
        if not words or not isinstance(left, int):
            return words
        if left < 1:
            return f"{words} Это была последняя попытка."
        return f"{words} {plural(left, 'Осталась', 'Осталось', 'Осталось')} {counted(left, 'попытка', 'попытки', 'попыток')}."


class SessionEnded(Exception):  # noqa: N818 a state of the world, not a fault
    """Identity no longer knows the session: the browser is sent to sign in again.

    Pages let it pass; the application answers with a redirect to ``/login?expired=1`` (GWY-05).
    """
