"""Answer of a search."""

from pydantic import Field

from nmo_catalog.elements.schemas import ElementCard
from nmo_kit.paging import Page


class ElementPage(Page[ElementCard]):
    """One page of the catalogue."""

    total_capped: int = Field(description="Сколько подходит, не больше 1000 (1000 значит «1000 и больше»)")
    suggestion: str | None = Field(description="Возможно, имелось в виду")
    corrected: bool = Field(
        description="Показано найденное по suggestion: по запросу как есть ничего не нашлось"
    )
