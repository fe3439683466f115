"""Every read of applications; a person sees their own, an organisation those submitted to it."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, or_
from sqlmodel import col, select

from nmo_applications.enrolment.rules import IN_FLIGHT, Status
from nmo_applications.enrolment.tables import Application, ApplicationMove, RemovedPlanItem
from nmo_applications.programmes.tables import CatalogElementCopy
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.errors import NotFound
from nmo_kit.principal import Principal


@dataclass(frozen=True, slots=True)
class Viewed:
    """An application with the programme it is for."""

    row: Application
    element: CatalogElementCopy


def _with_element() -> Select[tuple[Application, CatalogElementCopy]]:
    return select(Application, CatalogElementCopy).join(
        CatalogElementCopy, col(CatalogElementCopy.element_id) == col(Application.element_id)
    )


async def own_application(
    session: ReadSession, application_id: UUID, *, viewer: Principal, lock: bool = False
) -> Viewed:
    """The viewer's own application, deleted ones too; `lock` holds its row until the transaction ends.

    Raises:
        NotFound: there is none, or it is another person's.
    """
    return await _one(
        session,
        _with_element().where(
            col(Application.id) == application_id, col(Application.person_id) == viewer.person_id
        ),
        lock=lock,
    )


async def submitted_application(
    session: ReadSession, application_id: UUID, *, viewer: Principal, lock: bool = False
) -> Viewed:
    """An application submitted to the viewer's organisation.

    Raises:
        NotFound: there is none, it was never submitted, was deleted, or is another organisation's.
    """
    return await _one(
        session,
        _with_element().where(
            col(Application.id) == application_id,
            col(Application.organization_id) == viewer.organization_id,
            col(Application.submitted_at).is_not(None),
            col(Application.deleted_at).is_(None),
        ),
        lock=lock,
    )


async def _one(
    session: ReadSession, query: Select[tuple[Application, CatalogElementCopy]], *, lock: bool
) -> Viewed:
    if lock:
        query = query.with_for_update(of=Application)
    found = (await session.execute(query)).one_or_none()
    if found is None:
        raise NotFound
    return Viewed(*found)


async def own_applications(
    session: ReadSession,
    *,
    viewer: Principal,
    deleted: bool,
    plan_item_id: UUID | None,
    cycle_id: UUID | None,
    number: str | None,
    before: UUID | None,
    limit: int,
) -> list[Viewed]:
    """The viewer's applications, newest first: the live ones, or those that were deleted (APP-07)."""
    query = _with_element().where(col(Application.person_id) == viewer.person_id)
    gone = col(Application.deleted_at)
    query = query.where(gone.is_not(None) if deleted else gone.is_(None))
    if plan_item_id is not None:
        query = query.where(col(Application.plan_item_id) == plan_item_id)
    if cycle_id is not None:
        query = query.where(col(Application.cycle_id) == cycle_id)
    if number is not None:
        query = query.where(col(Application.number) == number)
    return await _page(session, query, before=before, limit=limit)


async def queue(
    session: ReadSession,
    *,
    viewer: Principal,
    status: Status | None,
    search: str | None,
    before: UUID | None,
    limit: int,
) -> list[Viewed]:
    """What was submitted to the viewer's organisation, newest first (APP-05).

    `search` is a part of the number or of the programme's title.
    """
    query = _with_element().where(
        col(Application.organization_id) == viewer.organization_id,
        col(Application.submitted_at).is_not(None),
        col(Application.deleted_at).is_(None),
    )
    if status is not None:
        query = query.where(col(Application.status) == status)
    if search:
        query = query.where(
            or_(
                col(Application.number).icontains(search, autoescape=True),
                col(CatalogElementCopy.title).icontains(search, autoescape=True),
            )
        )
    return await _page(session, query, before=before, limit=limit)


async def submitted_ids_by_number(
    session: ReadSession, numbers: set[str], *, viewer: Principal
) -> dict[str, UUID]:
    """Ids of applications submitted to the viewer's organisation, by number."""
    found = await session.execute(
        select(Application.number, Application.id).where(
            col(Application.number).in_(numbers),
            col(Application.organization_id) == viewer.organization_id,
            col(Application.submitted_at).is_not(None),
            col(Application.deleted_at).is_(None),
        )
    )
    return {row.number: row.id for row in found}


async def _page(
    session: ReadSession,
    query: Select[tuple[Application, CatalogElementCopy]],
    *,
    before: UUID | None,
    limit: int,
) -> list[Viewed]:
    if before is not None:
        query = query.where(col(Application.id) < before)
    found = await session.execute(query.order_by(col(Application.id).desc()).limit(limit))
    return [Viewed(*row) for row in found]


async def application_for_system(session: WriteSession, application_id: UUID) -> Application | None:
    """An application locked for a background part, whoever owns it."""
    found = await session.execute(
        select(Application).where(col(Application.id) == application_id).with_for_update()
    )
    return found.scalar_one_or_none()


async def in_flight_of(session: WriteSession, person_id: UUID) -> list[Application]:
    """A person's applications that an organisation may be looking at, and drafts; locked."""
    found = await session.execute(
        select(Application)
        .where(
            col(Application.person_id) == person_id,
            col(Application.deleted_at).is_(None),
            col(Application.status).in_(IN_FLIGHT),
        )
        .order_by(col(Application.id))
        .with_for_update()
    )
    return list(found.scalars())


async def application_of_plan_item(session: WriteSession, plan_item_id: UUID) -> Application | None:
    """The application drafted from a plan item, locked."""
    query = select(Application).where(col(Application.plan_item_id) == plan_item_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def is_plan_item_removed(session: ReadSession, plan_item_id: UUID) -> bool:
    """True if the plan item left its plan before its application was drafted."""
    return await session.get(RemovedPlanItem, plan_item_id) is not None


async def history(session: ReadSession, application_id: UUID) -> list[ApplicationMove]:
    """Every move of an application in order; the caller has checked that the viewer may see it."""
    found = await session.execute(
        select(ApplicationMove)
        .where(col(ApplicationMove.application_id) == application_id)
        .order_by(col(ApplicationMove.id))
    )
    return list(found.scalars())
