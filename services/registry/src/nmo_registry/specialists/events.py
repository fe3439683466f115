"""Changes of a record as events: ids, versions and names of fields, never values about the person."""

from nmo_contracts.base import EventPayload
from nmo_contracts.registry import (
    AccreditationRecordedV1,
    AccreditationRemovedV1,
    EducationRecordedV1,
    EducationRemovedV1,
    EmploymentChangedV1,
    SpecialistChangedV1,
    SpecialistRecordedV1,
    SpecialistRemovedV1,
)
from nmo_registry.frmr.record import Record, changed_fields


def recorded(record: Record) -> list[EventPayload]:
    """Events of a record that appeared: the person first, then everything about them."""
    first = SpecialistRecordedV1(specialist_id=record.specialist_id, register_version=record.version)
    return [first, *_documents(None, record), *_educations(None, record), *_employments(None, record)]


def changed(before: Record, after: Record) -> list[EventPayload]:
    """Events of the difference between two states; none when they are equal."""
    names = changed_fields(before, after)
    if not names:
        return []
    first = SpecialistChangedV1(
        specialist_id=after.specialist_id, register_version=after.version, changed=names
    )
    return [
        first,
        *_documents(before, after),
        *_educations(before, after),
        # After what came in their place: whoever stands on a document can move before it goes.
        *_vanished(before, after),
        *_employments(before, after),
    ]


def removed(record: Record) -> list[EventPayload]:
    """Event of a record that left the register; it takes everything about the person with it."""
    return [SpecialistRemovedV1(specialist_id=record.specialist_id)]


def _vanished(before: Record, after: Record) -> list[EventPayload]:
    """What the register showed before and shows no more, by id."""
    documents = {item.id for item in after.documents}
    educations = {item.id for item in after.educations}
    return [
        *(
            AccreditationRemovedV1(specialist_id=after.specialist_id, document_id=item.id)
            for item in before.documents
            if item.id not in documents
        ),
        *(
            EducationRemovedV1(specialist_id=after.specialist_id, document_id=item.id)
            for item in before.educations
            if item.id not in educations
        ),
    ]


def _documents(before: Record | None, after: Record) -> list[EventPayload]:
    known = set(before.documents) if before else ()
    return [
        AccreditationRecordedV1(
            specialist_id=after.specialist_id,
            document_id=document.id,
            kind=document.kind,
            specialty_key=document.specialty_key,
            specialty_name=document.specialty_name,
            series=document.series,
            number=document.number,
            exam_on=document.exam_on,
            issued_on=document.issued_on,
            valid_until=document.valid_until,
        )
        for document in after.documents
        if document not in known
    ]


def _educations(before: Record | None, after: Record) -> list[EventPayload]:
    known = set(before.educations) if before else ()
    return [
        EducationRecordedV1(specialist_id=after.specialist_id, document_id=item.id, level=item.level)
        for item in after.educations
        if item not in known
    ]


def _employments(before: Record | None, after: Record) -> list[EventPayload]:
    if after.employments == (before.employments if before else ()):
        return []
    oids = sorted({job.employer_oid for job in after.employments if job.ended_on is None})
    return [EmploymentChangedV1(specialist_id=after.specialist_id, employer_oids=oids)]
