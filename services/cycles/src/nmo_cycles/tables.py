"""All tables of cycles in one place, so that its metadata are complete."""

from typing import Final

from nmo_cycles.applications.tables import ApplicationCopy
from nmo_cycles.base import Model
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.diplomas.tables import DiplomaMark, QuestionnaireMark
from nmo_cycles.documents.tables import OwnDocumentCopy, RegistryDocumentCopy, RegistryRemoval
from nmo_cycles.elements.tables import CatalogElementCopy
from nmo_cycles.ledger.tables import CreditEntry, ThresholdMark
from nmo_cycles.norms.tables import NormSet
from nmo_cycles.plan.tables import PlanItem
from nmo_cycles.reference.tables import SpecialtyCopy

TABLES: Final = (
    ApplicationCopy,
    CatalogElementCopy,
    CreditEntry,
    Cycle,
    DiplomaMark,
    NormSet,
    OwnDocumentCopy,
    PlanItem,
    QuestionnaireMark,
    RegistryDocumentCopy,
    RegistryRemoval,
    SpecialtyCopy,
    ThresholdMark,
)
METADATA: Final = Model.metadata
