"""A person's documents in the words of ЕСИА's REST service."""

from typing import Any

from nmo_sandbox.esia.accounts import Account
from nmo_sandbox.esia.shapes import tag

DOCUMENT_SCOPES = ("id_doc", "medical_doc", "drivers_licence_doc", "foreign_passport_doc")
"""Each opens the document of its kind."""


def documents(account: Account, scopes: frozenset[str]) -> list[dict[str, Any]]:
    """Return the documents a person has, each as far as the scope of its kind shows it."""
    if not account.has_documents:
        return []
    by_scope = {
        "id_doc": _main_document(account),
        "medical_doc": _document(account, 6, "MDCL_PLCY", number=f"0000{account.oid:012d}"),
        "drivers_licence_doc": _driving_licence(account),
        "foreign_passport_doc": _travel_passport(account),
    }
    return [found for scope, found in by_scope.items() if scope in scopes and found]


def _main_document(account: Account) -> dict[str, Any]:
    """A passport, or a foreign citizen's document."""
    own = account.citizenship == "RUS"
    return _document(
        account,
        5,
        "RF_PASSPORT" if own else "FID_DOC",
        series="0000" if own else "AC",
        number=f"{account.oid % 1_000_000:06d}",
        issueDate="15.05.2015",
        issueId="000000",
        issuedBy="УЧЕБНЫЙ СТЕНД",
    )


def _driving_licence(account: Account) -> dict[str, Any] | None:
    if not account.drives:
        return None
    number = f"{account.oid % 1_000_000:06d}"
    return _document(
        account,
        7,
        "RF_DRIVING_LICENSE",
        series="0000",
        number=number,
        issueDate="20.06.2019",
        expiryDate="20.06.2029",
    )


def _travel_passport(account: Account) -> dict[str, Any] | None:
    """A passport for travelling abroad: its name is Latin."""
    name = account.travels_as
    if name is None:
        return None
    return _document(
        account,
        8,
        "FRGN_PASS",
        series="00",
        number=f"{account.oid % 10_000_000:07d}",
        issueDate="11.03.2021",
        expiryDate="11.03.2031",
        issuedBy="УЧЕБНЫЙ СТЕНД",
        lastName=name.last_name,
        firstName=name.first_name,
    )


def _document(account: Account, place: int, kind: str, **fields: str) -> dict[str, Any]:
    body = {
        "id": account.oid * 10 + place,
        "type": kind,
        "vrfStu": "VERIFIED" if account.trusted else "NOT_VERIFIED",
        **fields,
        "stateFacts": ["EntityRoot"],
    }
    return body | {"eTag": tag(body)}
