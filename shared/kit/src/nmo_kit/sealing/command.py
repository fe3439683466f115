"""`python -m nmo_<service> verify-journal [--witness URL]… [--copies FILE]…`: is the journal as it was sealed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from nmo_kit.db import Database
from nmo_kit.sealing.chain import SealKeys
from nmo_kit.sealing.verifier import Verdict, copies_in, copies_of, verify
from nmo_kit.settings import ServiceSettings, SettingsError


async def verify_journal(
    service: str, settings: ServiceSettings, database: Database, arguments: Sequence[str]
) -> Verdict:
    """Read the copies, then the journal; prints the verdict.

    Raises:
        SettingsError: no key to verify by.
        SystemExit: 1 when something is wrong, so that a timer of the operators notices.
    """
    parser = argparse.ArgumentParser(prog=f"nmo-{service} verify-journal")
    parser.add_argument(
        "--witness", action="append", default=[], help="address of a database that keeps copies"
    )
    parser.add_argument(
        "--copies", action="append", default=[], type=Path, help="file of exported checkpoints"
    )
    told = parser.parse_args(arguments)
    if settings.seal_key_file is None:
        raise SettingsError("seal_key_file is missing: nothing can be verified")
    files = [*told.copies, *([settings.seal_export_file] if settings.seal_export_file else [])]
    copies = {str(file): copies_in(file, service) for file in files}
    for address in told.witness:
        name = address.rpartition("/")[2]
        copies[name] = await _copies_at(settings, address, service)
    keys = SealKeys.read(settings.seal_key_file)
    retention = timedelta(days=settings.journal_retention_days)
    verdict = await verify(database, service, keys, copies, retention=retention)
    sys.stdout.write(f"{verdict}\n")
    if not verdict.is_whole:
        sys.exit(1)
    return verdict


async def _copies_at(settings: ServiceSettings, address: str, service: str) -> dict[int, str]:
    other = Database(settings.model_copy(update={"database_url": SecretStr(address)}))
    try:
        async with other.read() as session:
            return await copies_of(session, service)
    finally:
        await other.close()
