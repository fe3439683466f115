"""Ready cycles from the documents of the register, and from those added by hand (CYC-03, FRM-05)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from nmo_cycles.cycles.rules import Span, section_of, span_of
from nmo_cycles.cycles.schemas import OfferView
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.rules import DocumentKind
from nmo_cycles.documents.tables import AnyDocument, OwnDocumentCopy


def offer_view(document: AnyDocument, cycles: Iterable[Cycle], *, today: date) -> OfferView:
    """A document as the cycle it opens, and the viewer's cycle that stands on it or covers its days already."""
    span = span_of(document.document)
    return OfferView(
        document_id=document.document_id,
        kind=DocumentKind(document.kind),
        specialty_key=document.specialty_key,
        specialty_name=document.specialty_name,
        series=document.series,
        number=document.number,
        confirmed=not isinstance(document, OwnDocumentCopy) or document.state == "verified",
        exam_on=document.exam_on,
        issued_on=document.issued_on,
        section=section_of(document.issued_on),
        starts_on=span.starts_on,
        ends_on=span.ends_on,
        ended=span.ends_on < today,
        cycle_id=next((cycle.id for cycle in cycles if _stands_on(cycle, document, span, today)), None),
    )


def _stands_on(cycle: Cycle, document: AnyDocument, span: Span, today: date) -> bool:
    if cycle.document_id is not None:
        return cycle.document_id == document.document_id
    same = cycle.specialty_key == document.specialty_key
    return same and cycle.span.overlaps(span) and not cycle.is_closed(today)
