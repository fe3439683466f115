"""The person's own journal: one route that each service has over its own rows, in plain words (AUD-01, AUD-03).

All services answer in one order and take one kind of cursor, so that whoever asks several of them can merge the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel
from sqlalchemy import text

from nmo_kit.auth import CurrentPrincipal, action
from nmo_kit.clock import MOSCOW, CalendarDate
from nmo_kit.db import ReadDep, ReadSession
from nmo_kit.errors import FieldError, FieldProblem, problems
from nmo_kit.paging import Page, decode_cursor, encode_cursor, stale_cursor
from nmo_kit.principal import Principal

Kind = Literal["sign_in", "profile", "consent", "application", "learning", "role", "look"]
EARLIEST = datetime(2000, 1, 1, tzinfo=MOSCOW)
LATEST = datetime(9000, 1, 1, tzinfo=MOSCOW)
LAST_ID = UUID(int=2**128 - 1)
STAFF = {
    "org_admin": "Администратор организации",
    "org_staff": "Сотрудник организации",
    "head": "Руководитель организации",
    "hr": "Сотрудник кадровой службы",
    "support": "Сотрудник поддержки",
    "admin": "Администратор портала",
}
_ROWS = text(
    """
    select id, at, actor, actor_roles, organization_id, action, object, result, reason, fields, purpose, ip_prefix, trace_id
    from journal
    where person_id = :person_id and at >= :from_at and at < :to_at and (at, id) < (:before_at, :before_id)
      and (cast(:actions as text[]) is null or action = any(:actions))
    order by at desc, id desc
    limit :limit
    """
)


@dataclass(frozen=True, slots=True)
class JournalWords:
    """What a service's actions are called."""

    titles: Mapping[str, str]
    kinds: Mapping[str, str]
    """Kinds (`Kind`) by the beginning of an action; the longest one counts."""
    purposes: Mapping[str, str] = field(default_factory=dict)
    detail: Callable[[str, str], str] = field(default=lambda _action, _result: "")
    """What is added to the title for an action and its result."""

    def title(self, row: Mapping[Any, Any]) -> str:
        """One line; an action without words keeps its code rather than vanish."""
        words = self.titles.get(row["action"], row["action"])
        purpose = self.purposes.get(row["purpose"] or "", "")
        return " ".join(part for part in (words + self.detail(row["action"], row["result"]), purpose) if part)

    def kind(self, name: str) -> str:
        """Which kind an action is of."""
        fitting = [start for start in self.kinds if name.startswith(start)]
        return self.kinds[max(fitting, key=len)] if fitting else "profile"

    def actions_of(self, kind: Kind) -> list[str]:
        """All actions of a kind."""
        return [name for name in self.titles if self.kind(name) == kind]


class JournalItem(BaseModel):
    """One row as its person may see it."""

    id: UUID
    at: datetime
    action: str
    kind: Kind
    title: str
    by: str
    """«Вы», the role of an employee, or «Портал»."""
    organization_id: UUID | None
    """For which organisation an employee acted."""
    result: str
    reason: str | None
    fields: list[str]
    ip_prefix: str
    """Network of the person's own acts; an employee's is nobody's business."""
    object: str
    reference: str


def journal_router(path: str, name: str, words: JournalWords) -> APIRouter:
    """The route `GET path` under the action `name`."""
    router = APIRouter(tags=["journal"])

    @router.get(path, responses=problems())
    @action(name)
    async def read_journal(
        session: ReadDep,
        principal: CurrentPrincipal,
        from_on: Annotated[CalendarDate | None, Query(alias="from")] = None,
        to_on: Annotated[CalendarDate | None, Query(alias="to")] = None,
        kind: Kind | None = None,
        limit: Annotated[int, Query(ge=1, le=200)] = 50,
        cursor: Annotated[str | None, Query(max_length=2048)] = None,
    ) -> Page[JournalItem]:
        """What happened to the person and their data here, newest first; days are Moscow's."""
        between, before = between_days(from_on, to_on), before_of(cursor)
        rows = await _read(
            session, principal, between, before, words.actions_of(kind) if kind else None, limit + 1
        )
        items = [_item(row, principal, words) for row in rows[:limit]]
        more = len(rows) > limit
        return Page(items=items, next_cursor=cursor_after(items[-1].at, items[-1].id) if more else None)

    return router


def cursor_after(at: datetime, row_id: UUID) -> str:
    """Cursor of what is older than a row, in every service."""
    return encode_cursor({"at": at.isoformat(), "id": str(row_id)})


def between_days(from_on: date | None, to_on: date | None) -> tuple[datetime, datetime]:
    """The moments between two days of Moscow, both included.

    Raises:
        FieldProblem: the days are in the wrong order, or too far away.
    """
    if from_on and to_on and from_on > to_on:
        message = "Дата начала не может быть позже даты конца"
        raise FieldProblem([FieldError(pointer="/from", code="order", message=message)])
    if to_on is not None and to_on >= LATEST.date():
        message = "Проверьте год: такой день ещё не скоро"
        raise FieldProblem([FieldError(pointer="/to", code="range", message=message)])
    return (
        datetime.combine(from_on, time(), MOSCOW) if from_on else EARLIEST,
        datetime.combine(to_on + timedelta(days=1), time(), MOSCOW) if to_on else LATEST,
    )


def before_of(cursor: str | None) -> tuple[datetime, UUID]:
    """Position that `cursor_after` wrote; the very end without one.

    Raises:
        FieldProblem: the text is no cursor of ours.
    """
    if cursor is None:
        return LATEST, LAST_ID
    try:
        after = decode_cursor(cursor)
        return datetime.fromisoformat(after["at"]).astimezone(MOSCOW), UUID(after["id"])
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as error:
        raise stale_cursor() from error


async def _read(
    session: ReadSession,
    viewer: Principal,
    between: tuple[datetime, datetime],
    before: tuple[datetime, UUID],
    actions: list[str] | None,
    limit: int,
) -> list[Mapping[Any, Any]]:
    values = {
        "person_id": viewer.person_id, "from_at": between[0], "to_at": between[1],
        "before_at": before[0], "before_id": before[1], "actions": actions, "limit": limit,
    }  # fmt: skip
    return list((await session.execute(_ROWS, values)).mappings())


def _item(row: Mapping[Any, Any], viewer: Principal, words: JournalWords) -> JournalItem:
    # The journal knows who acted; the person learns in which capacity, not the name.
    by_person = row["actor"] == viewer.sub
    staff = next((STAFF[role] for role in STAFF if role in row["actor_roles"]), "Портал")
    return JournalItem(
        id=row["id"],
        at=row["at"],
        action=row["action"],
        kind=words.kind(row["action"]),
        title=words.title(row),
        by="Вы" if by_person else staff,
        organization_id=None if by_person else row["organization_id"],
        result=row["result"],
        reason=row["reason"],
        fields=row["fields"],
        ip_prefix=row["ip_prefix"] if by_person or words.kind(row["action"]) == "sign_in" else "",
        object=row["object"],
        reference=row["trace_id"],
    )
