"""The applicant's data sealed into the row of an application, and read back."""

from nmo_applications.enrolment.tables import Application
from nmo_applications.upstreams import Applicant
from nmo_kit.crypto import FieldCipher


def _place(row: Application) -> str:
    return f"application|applicant|{row.id}"


def freeze(row: Application, applicant: Applicant, cipher: FieldCipher) -> None:
    """Keep who applies as they are proven now; later changes of the person do not reach this application."""
    row.applicant = cipher.encrypt(applicant.model_dump_json(), aad=_place(row))


def frozen(row: Application, cipher: FieldCipher) -> Applicant | None:
    """Who applied, or None while it was never submitted."""
    if row.applicant is None:
        return None
    return Applicant.model_validate_json(cipher.decrypt(row.applicant, aad=_place(row)))
