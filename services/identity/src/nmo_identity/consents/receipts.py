"""Receipts of consents: what a record says, in words, signed; and the check of a signature."""

from __future__ import annotations

import base64
import json
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from nmo_identity.consents.rules import METHOD
from nmo_identity.consents.tables import ConsentEvent, ConsentRecord, ConsentText
from nmo_kit.clock import MOSCOW

KIND = "consent-receipt+jws"
ALGORITHM = "ES256"
_METHODS = {
    METHOD: "отметка и кнопка на отдельной странице портала после входа",
    "web_page_button": "кнопка на отдельной странице портала после входа",
}
_STATES = {"given": "действует", "withdrawn": "отозвано", "replaced": "заменено новым согласием"}


def receipt_of(
    record: ConsentRecord, text: ConsentText, events: list[ConsentEvent], *, issuer: str
) -> dict[str, Any]:
    """The record in the fields of ISO/IEC TS 27560, Russian where people read it; the subject is a pseudonym."""
    details = text.details
    return {
        "schema": "ISO/IEC TS 27560",
        "record_id": str(record.id),
        "subject": str(record.pseudonym),
        "controller": details.get(
            "operator", "Портал непрерывного медицинского и фармацевтического образования"
        ),
        "issuer": issuer,
        "purpose": {"code": record.purpose, "title": text.title, "summary": details.get("summary", "")},
        "notice": {
            "version": record.notice_version,
            "sha256": record.notice_hash,
            "language": record.language,
            "text": text.body,
        },
        "data_categories": [
            {"code": item["code"], "title": item["title"], "source": item["source"]}
            for item in text.categories
        ],
        "recipients": list(record.recipients),
        "processing": details.get("actions", ""),
        "retention": record.retention,
        "withdrawal": "в любой день в настройках кабинета, раздел «Согласия»",
        "jurisdiction": record.jurisdiction,
        "method": {"code": record.method, "title": _METHODS.get(record.method, record.method)},
        "network": record.ip_prefix,
        "given_at": record.given_at.astimezone(MOSCOW).isoformat(timespec="seconds"),
        "state": {"code": record.state, "title": _STATES[record.state]},
        "events": [
            {"kind": row.kind, "at": row.at.astimezone(MOSCOW).isoformat(timespec="seconds")}
            for row in events
        ],
    }


def events_of(record: ConsentRecord, answers: list[ConsentEvent]) -> list[ConsentEvent]:
    """The answers that belong to a record, oldest first: from its giving to its end."""
    return sorted(
        (
            row
            for row in answers
            if row.purpose == record.purpose
            and record.given_at <= row.at
            and (record.ended_at is None or row.at <= record.ended_at)
        ),
        key=lambda row: (row.at, row.id),
    )


class ReceiptInvalidError(ValueError):
    """The file is no receipt of ours, or was changed; the message says which, in Russian."""


def key_id(signed: str) -> str:
    """Name of the key that a document says it is signed by.

    Raises:
        ReceiptInvalidError: it is no signed document.
    """
    try:
        head = signed.split(".", maxsplit=1)[0]
        header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(header["kid"])
    except (ValueError, KeyError, TypeError) as error:
        raise ReceiptInvalidError("В файле нет подписи портала") from error


def verified(document: dict[str, Any], public_jwk: dict[str, Any] | None) -> dict[str, Any]:
    """The signed content of a receipt or an act, if key and signature are the portal's and nothing was changed.

    Raises:
        ReceiptInvalidError: another key, a broken signature, or words that differ from what was signed.
    """
    if public_jwk is None:
        raise ReceiptInvalidError("Такого ключа у портала не было")
    try:
        signature = jws.deserialize_compact(
            document["signed"], ECKey.import_key(public_jwk), algorithms=[ALGORITHM]
        )
        content: dict[str, Any] = json.loads(signature.payload)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ReceiptInvalidError("Подпись не подходит: файл изменён") from error
    shown = document.get("receipt") or document.get("act")
    if shown != content:
        raise ReceiptInvalidError("Текст в файле отличается от подписанного")
    return content
