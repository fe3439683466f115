"""Authorisation: one policy function, one gate for every route, deny by default (security D7)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, TypeVar

import structlog
from fastapi import Depends, FastAPI, Request
from fastapi.routing import iter_route_contexts

from nmo_kit.errors import ConsentRequired, EntryRestricted, Forbidden, Problem, Unauthenticated
from nmo_kit.principal import ENTRY_STATES, UNPROVEN, Principal
from nmo_kit.tokens import TokenRefused, TokenVerifier

logger = structlog.get_logger(__name__)
TECHNICAL_PATHS: Final = frozenset({"/livez", "/readyz", "/metrics", "/openapi.json"})
FULL: Final = frozenset({"full"})
ANY_ENTRY: Final = ENTRY_STATES
"""Every state, the session that owes a new password too: the way out of a state, and one's own data."""
UNRESTRICTED: Final = ENTRY_STATES - {"restricted"}
"""Whoever signed in and owes no step."""
CONFIRMED: Final = ENTRY_STATES - UNPROVEN
"""Whoever's account is confirmed: by the provider, or by the link in the letter."""
EndpointT = TypeVar("EndpointT", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may do one action: any of the roles, in a permitted state of entry, with consent where needed.

    `roles` empty means everybody, with or without a token.
    """

    roles: frozenset[str] | set[str]
    consent: bool = False
    entry: frozenset[str] | set[str] = FULL
    scope: str = "self"
    """`self`, `organization` or `any`: whose objects the queries behind the route may return (reviewed matrix)."""
    clients: frozenset[str] | set[str] = field(default_factory=frozenset)
    """If not empty: only these systems (`client_id`)."""
    purpose: str | None = None
    """The consent needed beyond the main one, where the action serves a purpose of its own (152-FZ)."""
    own_proof: bool = False
    """No token of ours is looked for: OAuth's endpoints read `Authorization` themselves, documents are for everybody."""

    @property
    def organization_required(self) -> bool:
        """True when the caller must act for an organisation."""
        return self.scope == "organization"

    @property
    def public(self) -> bool:
        """True when no token is needed."""
        return not self.roles


PUBLIC: Final = Rule(roles=frozenset(), entry=ANY_ENTRY, scope="any")
Policy = Mapping[str, Rule]


def decide(principal: Principal | None, rule: Rule | None) -> Problem | None:  # noqa: PLR0911 a decision table
    """None when the action is allowed; otherwise the problem to answer with. Pure; an unknown action is denied."""
    if rule is None:
        return Forbidden()
    if rule.public:
        return None
    if principal is None:
        return Unauthenticated()
    # States a person can mend come before roles: they are told what to do rather than «no access».
    if rule.entry is not ANY_ENTRY and principal.entry not in rule.entry:
        if rule.consent and not principal.consent and principal.entry not in UNPROVEN:
            return ConsentRequired()
        return EntryRestricted(_ENTRY_TEXT.get(principal.entry), entry=principal.entry)
    if not principal.roles & rule.roles:
        return Forbidden()
    if rule.clients and principal.client_id not in rule.clients:
        return Forbidden()
    if rule.organization_required and principal.organization_id is None:
        return Forbidden()
    return _missing_consent(principal, rule)


def _missing_consent(principal: Principal, rule: Rule) -> Problem | None:
    """The consent that the action needs and the person has not given, the main one first."""
    if rule.consent and not principal.consent:
        return ConsentRequired()
    if rule.purpose is not None and rule.purpose not in principal.purposes:
        return ConsentRequired(PURPOSE_TEXT.get(rule.purpose), purpose=rule.purpose)
    return None


PURPOSE_TEXT = {
    "organisation_transfer": "Чтобы подать заявку, разрешите передать ваши данные образовательной организации. "
    "Это отдельное согласие, дать его можно в кабинете.",
}
"""What to do when the consent to a purpose of its own is missing."""
_ENTRY_TEXT = {
    "unconfirmed": "Учётная запись на Госуслугах не подтверждена. Подтвердите её и войдите снова.",
    "conflict": "Данные Госуслуг и регистра медицинских работников расходятся. Посмотрите, какое поле, на странице сверки.",
    "weak": "Подтвердите, что запись регистра медицинских работников ваша.",
    "checking": "Мы ещё сверяем ваши данные с регистром. Обновите страницу через минуту.",
    "limited": "Вас нет в регистре медицинских работников, поэтому это действие пока недоступно.",
    "unmatched": "Данные ещё не сверены с регистром. Дайте согласие на передачу данных в кабинете.",
    "unverified": "Подтвердите адрес электронной почты: откройте письмо портала и нажмите «Подтвердить адрес».",
    "restricted": "Сначала завершите вход: задайте новый пароль или подтвердите данные. Портал подскажет, что осталось.",
}


def action(name: str) -> Callable[[EndpointT], EndpointT]:
    """Mark an endpoint with the action it performs; the gate reads the mark."""

    def mark(endpoint: EndpointT) -> EndpointT:
        endpoint.__nmo_action__ = name  # type: ignore[attr-defined]
        return endpoint

    return mark


def action_of(endpoint: Any) -> str | None:
    """Action that an endpoint is marked with."""
    found = getattr(endpoint, "__nmo_action__", None)
    return found if isinstance(found, str) else None


async def gate(request: Request) -> None:
    """Router-level dependency: verifies the token, decides, and leaves the principal on the request.

    Raises:
        Problem: 401, 403 with a stable code.
    """
    state = request.app.state
    name = action_of(request.scope.get("endpoint"))
    rule = state.policy.get(name) if name else None
    principal = await _principal(request, state.verifier, rule)
    problem = decide(principal, rule)
    if problem is not None:
        logger.info("denied", action=name, code=problem.code)
        raise problem
    request.state.principal = principal


async def _principal(request: Request, verifier: TokenVerifier, rule: Rule | None) -> Principal | None:
    header = request.headers.get("authorization")
    if header is None or (rule is not None and rule.own_proof):
        return None
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthenticated
    try:
        # A bad token is refused on public routes too (RFC 6750 3.1): whoever brings one means to be somebody.
        return Principal.from_claims(await verifier.verify(token.strip()))
    except TokenRefused as refused:
        logger.warning("token_refused", reason=refused.reason)
        raise


async def _current(request: Request) -> Principal:
    principal: Principal | None = request.state.principal
    if principal is None:
        raise Unauthenticated
    return principal


async def _maybe(request: Request) -> Principal | None:
    principal: Principal | None = request.state.principal
    return principal


CurrentPrincipal = Annotated[Principal, Depends(_current)]
"""The caller; the gate has let them through."""
MaybePrincipal = Annotated[Principal | None, Depends(_maybe)]
"""The caller of a public route, if they brought a token."""


class UngatedRouteError(RuntimeError):
    """A route without an action, or an action without a rule: the process does not start."""


def routes_of(app: FastAPI) -> dict[tuple[str, str], str | None]:
    """Each business route of the application, (method, path) → action."""
    found: dict[tuple[str, str], str | None] = {}
    for context in iter_route_contexts(app.routes):
        if context.path is None or context.path in TECHNICAL_PATHS:
            continue
        for method in set(context.methods or ()) - {"HEAD"}:
            found[method, context.path] = action_of(context.endpoint)
    return found


def check_routes(app: FastAPI, policy: Policy) -> None:
    """Refuse to start with a gap between routes, marks and rules.

    Raises:
        UngatedRouteError: names the gaps.
    """
    routes = routes_of(app)
    gaps = [
        f"{method} {path}" for (method, path), name in routes.items() if name is None or name not in policy
    ]
    unused = set(policy) - {name for name in routes.values() if name}
    if gaps or unused:
        raise UngatedRouteError(f"ungated: {sorted(gaps)}; unused rules: {sorted(unused)}")
