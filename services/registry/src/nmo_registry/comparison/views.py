"""From rows to the comparison its person sees."""

from __future__ import annotations

from typing import cast

from nmo_kit.crypto import FieldCipher
from nmo_registry.comparison import schemas
from nmo_registry.comparison.queries import Pair
from nmo_registry.comparison.rules import Choice
from nmo_registry.comparison.sealing import compared_fields, own_of, register_of
from nmo_registry.comparison.tables import DifferenceAnswer

Now = dict[tuple[str, str], str]
"""What the register says now, by subject and field."""


def document(pair: Pair, cipher: FieldCipher) -> schemas.ComparedDocument:
    """A document added by hand beside the register's one."""
    own, found = pair
    return schemas.ComparedDocument(
        document_id=own.id,
        number=own.number,
        kind=found.kind,
        specialty_name=found.specialty_name,
        fields=[
            schemas.ComparedField(
                field=cast("schemas.DocumentField", item.field),
                own=item.own,
                register_value=item.register,
                same=item.same,
            )
            for item in compared_fields(cipher, pair)
        ],
    )


def answered(row: DifferenceAnswer, now: Now, cipher: FieldCipher) -> schemas.Answered:
    """An answer, and whether the register still says what it is about."""
    register = register_of(cipher, row)
    present = now.get((row.subject, row.field))
    return schemas.Answered(
        answer_id=row.id,
        subject=row.subject,
        field=row.field,
        choice=Choice(row.choice),
        own=own_of(cipher, row),
        register_value=register,
        current=present == register,
        answered_at=row.answered_at,
    )
