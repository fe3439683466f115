"""Reading reference books."""

from collections.abc import Iterable, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import delete, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from nmo_kit.db import ReadSession, WriteSession, fetch
from nmo_registry.reference_books.catalogue import BookName
from nmo_registry.reference_books.editions import OF_CARDS, CardBooks, Edition, Passport
from nmo_registry.reference_books.rules import Known, Value, beginnings, folded
from nmo_registry.reference_books.specialties import SpecialtyKeys, carried
from nmo_registry.reference_books.tables import (
    Book,
    BookCode,
    BookEntry,
    BookLoad,
    BookLoadRow,
    BookState,
    BookSuccessor,
)


async def take_turn(session: WriteSession, book: str) -> BookState:
    """The book's state, held until the transaction ends: whoever writes about a book comes here first."""
    await session.execute(insert(BookState).values(book=book, number=0, failures=0).on_conflict_do_nothing())
    found = await session.execute(select(BookState).where(col(BookState.book) == book).with_for_update())
    return found.scalar_one()


async def states(session: ReadSession) -> dict[str, BookState]:
    """State of every book that was ever written about."""
    return {row.book: row for row in (await session.execute(select(BookState))).scalars()}


async def find_version(session: ReadSession, book: str, version: str | None = None) -> Book | None:
    """One version of a book, the current one when none is named."""
    query = select(Book).where(col(Book.book) == book)
    if version is None:
        query = query.join(
            BookState,
            (col(BookState.book) == Book.book) & (col(BookState.current_version) == Book.version),
        )
    else:
        query = query.where(col(Book.version) == version)
    return (await session.execute(query)).scalar_one_or_none()


async def versions(session: ReadSession, book: str) -> list[Book]:
    """All versions of a book, the last taken in first."""
    found = await session.execute(
        select(Book).where(col(Book.book) == book).order_by(col(Book.number).desc())
    )
    return list(found.scalars())


async def entries(
    session: ReadSession, book: Book, *, on: date | None = None, after: int = -1, limit: int | None = None
) -> list[BookEntry]:
    """Values of one version in the book's own order; with `on`, those in force on that day."""
    query = (
        select(BookEntry)
        .where(
            col(BookEntry.book) == book.book,
            col(BookEntry.version) == book.version,
            col(BookEntry.position) > after,
        )
        .order_by(col(BookEntry.position))
        .limit(limit)
    )
    if on is not None:
        query = query.where(text(_ON).bindparams(day=on))
    return list((await session.execute(query)).scalars())


_ON = (
    "(valid_from is null or valid_from <= :day)"
    " and case when valid_until is null then in_force else valid_until > :day end"
)


async def entry(session: ReadSession, book: Book, key: str) -> BookEntry | None:
    """One value of one version by its key."""
    return await session.get(BookEntry, (book.book, book.version, key))


async def related(session: ReadSession, book: Book, key: str) -> list[BookEntry]:
    """The value and everything it may have become, over any number of steps, as one version shows them."""
    rows = await fetch(session, _RELATED, (book.book, key))
    wanted = [row["key"] for row in rows]
    found = await session.execute(
        select(BookEntry).where(
            col(BookEntry.book) == book.book,
            col(BookEntry.version) == book.version,
            col(BookEntry.key).in_(wanted),
        )
    )
    return list(found.scalars())


_RELATED = """
with recursive line (key) as (
    select $2::text union select s.successor from book_successor s join line on line.key = s.key where s.book = $1
) select key from line
"""
_SEARCH = """
select key, name, code, in_force, valid_from, valid_until, attributes from book_entry
where book = $1 and version = $2 and tsv @@ to_tsquery('simple', $3)
  and ($5::date is null or ((valid_from is null or valid_from <= $5)
    and case when valid_until is null then in_force else valid_until > $5 end))
order by starts_with(lower(translate(name, 'ёЁ', 'еЕ')), $4) desc, in_force desc, length(name), name, key
limit $6
"""


async def search(
    session: ReadSession, book: Book, words: Sequence[str], *, on: date | None, limit: int
) -> list[BookEntry]:
    """Values whose names have a word beginning with each of `words` (lower case, е for ё), the best first."""
    values = (book.book, book.version, beginnings(words), " ".join(words), on, limit)
    rows = await fetch(session, _SEARCH, values)
    return [
        BookEntry.model_validate({**row, "book": book.book, "version": book.version, "position": 0})
        for row in rows
    ]


async def running_load(session: ReadSession, book: str) -> BookLoad | None:
    """The version under way."""
    found = await session.execute(
        select(BookLoad).where(col(BookLoad.book) == book, col(BookLoad.phase) == "reading")
    )
    return found.scalar_one_or_none()


async def load_for_update(session: WriteSession, load_id: UUID) -> BookLoad:
    """A load as it stands now, held until the transaction ends."""
    found = await session.execute(
        select(BookLoad)
        .where(col(BookLoad.id) == load_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.scalar_one()


async def last_load(session: ReadSession, book: str, version: str | None = None) -> BookLoad | None:
    """The last load of a book, or of one version of it."""
    query = (
        select(BookLoad).where(col(BookLoad.book) == book).order_by(col(BookLoad.updated_at).desc()).limit(1)
    )
    if version is not None:
        query = query.where(col(BookLoad.version) == version)
    return (await session.execute(query)).scalar_one_or_none()


async def count_set_aside(session: ReadSession) -> int:
    """Books whose last load was given up as faulty."""
    (row,) = await fetch(session, _SET_ASIDE, ())
    return int(row["books"])


_SET_ASIDE = """
select count(*) as books from (
    select distinct on (book) phase from book_load order by book, updated_at desc
) last where phase = 'set_aside'
"""


async def loaded_rows(session: ReadSession, load_id: UUID) -> list[BookLoadRow]:
    """Rows of a load in the source's order."""
    found = await session.execute(
        select(BookLoadRow).where(col(BookLoadRow.load_id) == load_id).order_by(col(BookLoadRow.position))
    )
    return list(found.scalars())


async def taken_codes(session: ReadSession, load_id: UUID, codes: Sequence[str]) -> list[str]:
    """Which of these codes the load has already."""
    found = await session.execute(
        select(col(BookLoadRow.code)).where(
            col(BookLoadRow.load_id) == load_id, col(BookLoadRow.code).in_(codes)
        )
    )
    return list(found.scalars())


async def drop_rows(session: WriteSession, load_id: UUID) -> None:
    """Rows of a load that is over are not needed."""
    await session.execute(delete(BookLoadRow).where(col(BookLoadRow.load_id) == load_id))


async def known(session: ReadSession, book: str) -> Known:
    """What earlier versions of a book told; the service's versions count before carried ones."""
    newest = await session.execute(
        select(Book)
        .where(col(Book.book) == book)
        .order_by((col(Book.source) == "nsi").desc(), col(Book.number).desc())
        .limit(1)
    )
    base = newest.scalar_one_or_none()
    codes = await session.execute(
        select(col(BookCode.code), col(BookCode.key)).where(col(BookCode.book) == book)
    )
    values = [value_of(row) for row in await entries(session, base)] if base else []
    return Known(dict(codes.tuples().all()), await names(session, book), values)


async def names(session: ReadSession, book: str) -> dict[tuple[str, str], str]:
    """Key of each name that a book ever had, by level and folded name; the newest version counts."""
    rows = await fetch(session, _NAMES, (book,))
    return {(row["level"] or "", folded(row["name"])): row["key"] for row in rows}


async def specialty_keys(session: ReadSession) -> SpecialtyKeys:
    """How specialties are called here, by every code and name of every version."""
    rows = await fetch(session, "select code, key from book_code where book = $1", ("specialties",))
    told = await names(session, "specialties")
    return SpecialtyKeys({row["code"]: row["key"] for row in rows}, {**carried().names, **told})


_NAMES = """
select e.name, e.attributes->>'level' as level, e.key, max(b.number) as number
from book_entry e join book b on b.book = e.book and b.version = e.version
where e.book = $1 group by 1, 2, 3 order by 4
"""


async def card_books(session: ReadSession) -> CardBooks:
    """The books by which cards are read at this moment."""
    return CardBooks(await specialty_keys(session), await current_editions(session, OF_CARDS))


async def current_editions(session: ReadSession, books: Iterable[BookName]) -> dict[str, Edition]:
    """The current version of each of these books that has any."""
    numbers: dict[str, int] = {}
    names: dict[str, dict[str, frozenset[str]]] = {}
    for row in await fetch(session, _CURRENT, (list(books),)):
        numbers[row["book"]] = row["edition"]
        spelled = frozenset(folded(name) for name in row["names"])
        names.setdefault(row["book"], {})[row["code"]] = spelled
    return {book: Edition(number, names[book]) for book, number in numbers.items()}


_CURRENT = """
select b.book, b.edition, e.code, array_agg(distinct any_.name) as names
from book_state s
join book b on b.book = s.book and b.version = s.current_version
join book_entry e on e.book = b.book and e.version = b.version
join book_entry any_ on any_.book = e.book and any_.key = e.key
where s.book = any($1) group by 1, 2, 3
"""


async def passports(session: ReadSession, numbers: Iterable[int | None]) -> dict[int, Passport]:
    """Book and version of each of these editions."""
    wanted = {number for number in numbers if number is not None}
    sql = "select edition, oid, version from book where edition = any($1)"
    rows = await fetch(session, sql, (list(wanted),)) if wanted else []
    return {row["edition"]: Passport(row["oid"], row["version"]) for row in rows}


async def count_in_force(session: ReadSession, book: Book) -> int:
    """How many values of a version are in force."""
    found = await session.execute(
        select(func.count())
        .select_from(BookEntry)
        .where(
            col(BookEntry.book) == book.book,
            col(BookEntry.version) == book.version,
            col(BookEntry.in_force).is_(True),
        )
    )
    return found.scalar_one()


async def successors(session: ReadSession, book: str) -> dict[str, list[str]]:
    """What administrators told of retired values: key → successors."""
    rows = await session.execute(
        select(BookSuccessor)
        .where(col(BookSuccessor.book) == book)
        .order_by(col(BookSuccessor.told_at), col(BookSuccessor.successor))
    )
    told: dict[str, list[str]] = {}
    for row in rows.scalars():
        told.setdefault(row.key, []).append(row.successor)
    return told


async def forget_successors(session: WriteSession, book: str, key: str) -> None:
    """What was told of a value is told anew."""
    await session.execute(
        delete(BookSuccessor).where(col(BookSuccessor.book) == book, col(BookSuccessor.key) == key)
    )


async def shown_names(session: ReadSession, book: str, key: str) -> list[tuple[str, str]]:
    """(name, first version that showed it) of a value through all versions, the oldest first."""
    rows = await fetch(session, _SHOWN, (book, key))
    return [(row["name"], row["version"]) for row in rows]


_SHOWN = """
select name, (array_agg(e.version order by b.number))[1] as version, min(b.number) as number
from book_entry e join book b on b.book = e.book and b.version = e.version
where e.book = $1 and e.key = $2 group by name order by 3
"""


def value_of(row: BookEntry) -> Value:
    """A stored value as the rules see it."""
    return Value(
        key=row.key,
        code=row.code,
        name=row.name,
        in_force=row.in_force,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        attributes=row.attributes,
    )
