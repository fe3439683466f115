"""Commands about signed papers: check a receipt or an act that somebody shows, take an act out."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nmo_identity.consents.receipts import ReceiptInvalidError, key_id, verified
from nmo_identity.erasure.queries import order_of_number
from nmo_identity.oidc_provider.tables import SigningKey
from nmo_kit.app import Runtime


async def verify_document(runtime: Runtime, arguments: Sequence[str]) -> None:
    """`verify-document FILE`: whether the portal signed this receipt or act and nothing was changed since.

    Keys that were retired count: a paper outlives the key. Exits 1 when the paper is not good.
    """
    parser = ArgumentParser(prog="verify-document")
    parser.add_argument("file", type=Path)
    try:
        document: dict[str, Any] = json.loads(parser.parse_args(arguments).file.read_text())
        content = await _verified(runtime, document)
    except (OSError, ValueError, KeyError, TypeError) as error:
        words = str(error) if isinstance(error, ReceiptInvalidError) else "Это не квитанция и не акт портала"
        sys.stderr.write(f"{words}\n")
        sys.exit(1)
    name = content.get("record_id") or f"акт № {content['number']}"
    sys.stdout.write(f"Подпись портала верна: {name}\n")


async def erasure_act(runtime: Runtime, arguments: Sequence[str]) -> None:
    """`erasure-act NUMBER`: the signed act of destruction with its extract of the journal, as JSON. Exits 1 without one."""
    parser = ArgumentParser(prog="erasure-act")
    parser.add_argument("number", type=int)
    async with runtime.db.read() as session:
        order = await order_of_number(session, parser.parse_args(arguments).number)
    if order is None:
        sys.stderr.write("Акта с таким номером нет\n")
        sys.exit(1)
    sys.stdout.write(
        json.dumps({"act": order.act, "signed": order.signed}, ensure_ascii=False, indent=2) + "\n"
    )


async def _verified(runtime: Runtime, document: dict[str, Any]) -> dict[str, Any]:
    async with runtime.db.read() as session:
        key = await session.get(SigningKey, key_id(document["signed"]))
    return verified(document, key.public_jwk if key else None)
