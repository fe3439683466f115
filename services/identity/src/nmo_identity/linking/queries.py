"""Every SELECT on links: flows, the two sides, ways in of a person, equal accounts found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlmodel import col

from nmo_identity.accounts.queries import accounts_of
from nmo_identity.accounts.queries import person as read_person
from nmo_identity.accounts.rules import LOCAL, ProofLevel
from nmo_identity.accounts.tables import Account, Person
from nmo_identity.consents.tables import ConsentEvent
from nmo_identity.linking.rules import Side, mask_email, may_untie
from nmo_identity.linking.tables import LinkDismissal, LinkFlow
from nmo_identity.login.queries import session_by_id
from nmo_identity.providers.port import LoginProvider, ProvenPerson
from nmo_identity.roles.tables import Membership
from nmo_kit.db import ReadSession, WriteSession
from nmo_kit.principal import Principal

LOCAL_TITLE = "Вход по паролю"


async def flow_for_update(session: WriteSession, state: UUID) -> LinkFlow | None:
    """The flow of a state, locked and as it is now: of two that finish it one waits and finds it used."""
    found = await session.execute(
        select(LinkFlow)
        .where(col(LinkFlow.state) == state)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one_or_none()


async def open_accounts(session: ReadSession, person_id: UUID) -> list[Account]:
    """Ways in of a person that are not closed, oldest first."""
    found = await accounts_of(session, person_id)
    return sorted(
        (row for row in found if row.state != "closed"), key=lambda row: row.linked_at or row.created_at
    )


async def side_of(session: ReadSession, person: Person) -> Side:
    """What decides whether two persons may become one."""
    agreed = select(ConsentEvent.id).where(  # type: ignore[call-overload]
        col(ConsentEvent.person_id) == person.id, col(ConsentEvent.kind) == "granted"
    )
    acts = select(Membership.id).where(col(Membership.person_id) == person.id)  # type: ignore[call-overload]
    touched = (await session.execute(agreed.union_all(acts).limit(1))).first() is not None
    return Side(
        issuers=frozenset(row.issuer for row in await open_accounts(session, person.id)),
        touched=touched,
        number=person.snils_index,
        number_level=person.snils_level,
    )


async def is_opened_by(session: ReadSession, sid: str, account: Account) -> bool:
    """Whether a session was opened by that way in."""
    row = await session_by_id(session, UUID(sid))
    return row is not None and row.account_id == account.id


def number_level(proven: ProvenPerson) -> int:
    """How strongly a provider proves its number."""
    return ProofLevel.ESIA_PROVEN if proven.proves_snils else ProofLevel.SELF_TYPED


async def found_accounts(session: ReadSession, person: Person) -> Sequence[tuple[Account, Person]]:
    """Accounts of this portal with the number or address that ЕСИА proved to be this person's (SSO-05).

    Told to nobody else: whoever typed a number learns nothing. Left out are accounts nobody ever confirmed, those the
    person said are not theirs, and those frozen for another reason than this person's stronger proof.
    """
    levels = [row.level for row in await open_accounts(session, person.id) if row.state == "active"]
    if max(levels, default=0) < ProofLevel.ESIA_PROVEN:
        return []
    equal: list[ColumnElement[bool]] = []
    if person.holds_snils and person.snils_level == ProofLevel.ESIA_PROVEN:
        equal.append(col(Person.snils_index) == person.snils_index)
    if person.email and person.email_verified:
        equal.append((func.lower(Person.email) == person.email.lower()) & col(Person.email_verified))
    if not equal:
        return []
    dismissed = select(col(LinkDismissal.account_id)).where(col(LinkDismissal.person_id) == person.id)
    found = await session.execute(
        select(Account, Person)
        .join(Person, col(Person.id) == col(Account.person_id))
        .where(
            col(Account.provider_key) == LOCAL,
            col(Account.person_id) != person.id,
            or_(
                col(Account.state) == "active",
                (col(Account.state) == "frozen")
                & (col(Account.frozen_reason) == "stronger_proof")
                & (col(Account.frozen_from) == "active"),
            ),
            or_(*equal),
            col(Account.id).not_in(dismissed),
        )
        .order_by(col(Account.created_at))
        .limit(5)
    )
    return [(account, owner) for account, owner in found.all()]


def title_of(key: str, providers: Mapping[str, LoginProvider]) -> str:
    """What people call a way in."""
    if key == LOCAL:
        return LOCAL_TITLE
    return providers[key].title if key in providers else key


def opens(account: Account, providers: Mapping[str, LoginProvider]) -> bool:
    """Whether a session can be opened by that way in now."""
    provider = providers.get(account.provider_key)
    return account.state == "active" and not (provider is not None and provider.link_only)


async def links_of(
    session: ReadSession, viewer: Principal, providers: Mapping[str, LoginProvider]
) -> dict[str, Any]:
    """Ways in of the viewer, providers they could add, accounts that may be theirs."""
    me = await read_person(session, viewer.person_id)
    ways = await open_accounts(session, me.id)
    open_ways = sum(opens(row, providers) for row in ways)
    own = await session_by_id(session, UUID(viewer.sid)) if viewer.sid else None
    taken = {row.provider_key for row in ways}
    return {
        "items": [
            {
                "account_id": row.id,
                "provider": row.provider_key,
                "title": title_of(row.provider_key, providers),
                "state": row.state,
                "since": row.linked_at or row.created_at,
                "last_login_at": row.last_login_at,
                "current": own is not None and own.account_id == row.id,
                "removable": may_untie(open_ways) or not opens(row, providers),
            }
            for row in ways
        ],
        "addable": [
            {"key": item.key, "title": item.title}
            for item in providers.values()
            if item.key not in taken and not item.hidden
        ],
        "found": [
            {
                "account_id": account.id,
                "email_masked": mask_email(owner.email) if owner.email and owner.email_verified else None,
                "same": _same(me, owner),
            }
            for account, owner in await found_accounts(session, me)
        ],
    }


def _same(me: Person, other: Person) -> list[str]:
    names = []
    if me.snils_index is not None and me.snils_index == other.snils_index:
        names.append("snils")
    if me.email and other.email and me.email.lower() == other.email.lower():
        names.append("email")
    return names
