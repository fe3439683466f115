"""All tables of the catalogue in one place, so that its metadata are complete."""

from typing import Final

from nmo_catalog.base import Model
from nmo_catalog.demo.tables import SeedMark
from nmo_catalog.elements.tables import Element
from nmo_catalog.organisations.tables import Organization
from nmo_catalog.reference.tables import Region, Specialty
from nmo_catalog.seats.tables import SeatHold
from nmo_catalog.spelling.tables import SearchWord, SearchWordState

TABLES: Final = (
    Element,
    Organization,
    Region,
    SearchWord,
    SearchWordState,
    SeatHold,
    SeedMark,
    Specialty,
)
METADATA: Final = Model.metadata
