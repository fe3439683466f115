"""Words of the published cards."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from nmo_catalog.base import Model
from nmo_kit.db import utc_field


class SearchWord(Model, table=True):
    """A word of titles and descriptions, as written there, in lower case, «ё» as «е»."""

    __tablename__ = "search_word"
    __table_args__ = (
        Index("ix_search_word_trgm", "word", postgresql_using="gin", postgresql_ops={"word": "gin_trgm_ops"}),
    )

    word: str = Field(primary_key=True, sa_type=Text)
    documents: int
    """In how many cards it occurs."""


class SearchWordState(Model, table=True):
    """When the words were counted; one row."""

    __tablename__ = "search_word_state"

    only_row: bool = Field(default=True, primary_key=True)
    counted_at: datetime = utc_field()
