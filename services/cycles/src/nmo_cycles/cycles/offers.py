"""Ready cycles from the documents of the register, and from those added by hand (CYC-03, FRM-05)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from nmo_cycles.cycles.rules import Span, same_exam, section_of, span_of
from nmo_cycles.cycles.schemas import OfferView
from nmo_cycles.cycles.tables import Cycle
from nmo_cycles.documents.rules import DocumentKind
from nmo_cycles.documents.tables import AnyDocument, OwnDocumentCopy


def offer_view(
    document: AnyDocument, cycles: Iterable[Cycle], *, today: date, successors: Mapping[str, Sequence[str]]
) -> OfferView:
    """A document as the cycle it opens, and the viewer's cycle that stands on it or covers its days already.

    `successors` tells what retired specialties became: a cycle that was typed for one is not offered again for another.
    """
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
        cycle_id=next(
            (
                cycle.id
                for cycle in cycles
                if _stands_on(cycle, document, span, successors.get(cycle.specialty_key, ()), today)
            ),
            None,
        ),
    )


def _stands_on(cycle: Cycle, document: AnyDocument, span: Span, became: Sequence[str], today: date) -> bool:
    if cycle.document_id is not None:
        return cycle.document_id == document.document_id
    if cycle.is_closed(today):
        return False
    if cycle.specialty_key == document.specialty_key:
        return cycle.span.overlaps(span)
    return document.specialty_key in became and same_exam(cycle.document_exam_on, document.exam_on)
