"""Pages of lists of applications: ordered by id, newest first."""

from collections.abc import Sequence
from uuid import UUID

from nmo_applications.enrolment.queries import Viewed
from nmo_kit.errors import FieldError, FieldProblem
from nmo_kit.paging import decode_cursor, encode_cursor


def before_of(cursor: str | None) -> UUID | None:
    """The id below which a page starts; None for the first page.

    Raises:
        FieldProblem: the text is no cursor of ours.
    """
    if cursor is None:
        return None
    try:
        return UUID(str(decode_cursor(cursor).get("before")))
    except ValueError as error:
        message = "Ссылка на страницу списка устарела. Откройте список заново"
        raise FieldProblem([FieldError(pointer="/cursor", code="cursor", message=message)]) from error


def cursor_of(found: Sequence[Viewed], limit: int) -> str | None:
    """Cursor of the next page, when one row more than the page was found."""
    if len(found) <= limit:
        return None
    return encode_cursor({"before": str(found[limit - 1].row.id)})
