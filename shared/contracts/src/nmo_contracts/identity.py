"""Events of identity: persons, consents, memberships."""

from datetime import datetime
from typing import ClassVar, Literal
from uuid import UUID

from nmo_contracts.base import EventPayload

MatchOutcome = Literal["exact", "equivalent", "weak", "conflict", "not_found"]
Role = Literal["specialist", "org_staff", "org_admin", "head", "hr", "support", "admin"]


class _PersonEvent(EventPayload):
    subject_field: ClassVar[str] = "person_id"
    subject_kind: ClassVar[str] = "person"

    person_id: UUID


class PersonRegisteredV1(_PersonEvent):
    """A person signed in for the first time; the account exists."""

    type_name: ClassVar[str] = "identity.person.registered.v1"
    provider: str
    registered_at: datetime


class PersonChangedV1(_PersonEvent):
    """Proven data of the person changed; who holds a copy asks anew."""

    type_name: ClassVar[str] = "identity.person.changed.v1"
    changed: list[str]


class PersonMatchedV1(_PersonEvent):
    """The person is matched with the register (exact, equivalent, or weak after their own confirmation)."""

    type_name: ClassVar[str] = "identity.person.matched.v1"
    specialist_id: UUID
    outcome: MatchOutcome
    matched_at: datetime


class PersonMismatchedV1(_PersonEvent):
    """The register holds other data, or no record: the cabinet is closed or limited."""

    type_name: ClassVar[str] = "identity.person.mismatched.v1"
    outcome: MatchOutcome
    fields: list[str]
    matched_at: datetime


class MatchCorrectedV1(_PersonEvent):
    """What kept the person out was corrected in the register or at Госуслуги; found by a check that nobody asked for."""

    type_name: ClassVar[str] = "identity.match.corrected.v1"
    outcome: MatchOutcome
    matched_at: datetime


class ChangeAppliedV1(_PersonEvent):
    """A change of unchangeable data that support approved was carried out, or could not be (REG-04)."""

    type_name: ClassVar[str] = "identity.change.applied.v1"
    request_id: UUID
    outcome: Literal["applied", "refused"]
    reason_code: str | None = None
    changed: list[str]


class ConsentGrantedV1(_PersonEvent):
    """The person agreed to one purpose of processing."""

    type_name: ClassVar[str] = "identity.consent.granted.v1"
    purpose: str
    text_version: str
    granted_at: datetime


class ConsentWithdrawnV1(_PersonEvent):
    """The person took the consent to one purpose back; whoever serves the purpose stops and says so."""

    type_name: ClassVar[str] = "identity.consent.withdrawn.v1"
    purpose: str
    withdrawn_at: datetime


class MembershipGrantedV1(_PersonEvent):
    """The person acts for an organisation in a role."""

    type_name: ClassVar[str] = "identity.membership.granted.v1"
    organization_id: UUID | None
    role: Role


class MembershipRevokedV1(_PersonEvent):
    """The role is taken away."""

    type_name: ClassVar[str] = "identity.membership.revoked.v1"
    organization_id: UUID | None
    role: Role


class QuestionnaireFilledV1(_PersonEvent):
    """The person stated the data of their diploma: where the register has none, this opens the first cycle."""

    type_name: ClassVar[str] = "identity.questionnaire.filled.v1"
    filled_at: datetime


class LetterIssuedV1(EventPayload):
    """A letter or text message waits to be sent; its content is asked for by id, at the moment of sending."""

    type_name: ClassVar[str] = "identity.letter.issued.v1"
    subject_field: ClassVar[str] = "letter_id"
    subject_kind: ClassVar[str] = "letter"
    letter_id: UUID
    channel: Literal["email", "sms"]
    kind: str


class PersonErasedV1(_PersonEvent):
    """The person's data are destroyed; whoever holds a copy destroys it too and says so."""

    type_name: ClassVar[str] = "identity.person.erased.v1"
    order_id: UUID
    erased_at: datetime


EVENTS = (
    PersonRegisteredV1,
    PersonChangedV1,
    PersonMatchedV1,
    PersonMismatchedV1,
    MatchCorrectedV1,
    ChangeAppliedV1,
    ConsentGrantedV1,
    ConsentWithdrawnV1,
    MembershipGrantedV1,
    MembershipRevokedV1,
    LetterIssuedV1,
    QuestionnaireFilledV1,
    PersonErasedV1,
)
