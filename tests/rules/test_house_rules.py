"""Each of the project's own rules finds what it is for, and nothing else."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import pytest

SERVICE = Path("services/cycles/src/nmo_cycles/plan/commands/add.py")
QUERIES = Path("services/cycles/src/nmo_cycles/plan/queries.py")
KIT = Path("shared/kit/src/nmo_kit/db.py")
CLOCK = Path("shared/kit/src/nmo_kit/clock.py")
DEPLOY = Path("deploy/local/src/nmo_local/lifecycle.py")
MIGRATION = Path("services/cycles/src/nmo_cycles/migrations/versions/0001_first.py")


def _long_function(lines: int) -> str:
    return "def long():\n" + "    x = 1\n" * (lines - 1)


@pytest.mark.parametrize(
    ("path", "text", "rule"),
    [
        (SERVICE, "async def f(s):\n    await s.commit()\n", "commit"),
        (SERVICE, "from datetime import datetime\nx = datetime.now()\n", "clock"),
        (SERVICE, "import datetime as dt\nx = dt.datetime.utcnow()\n", "clock"),
        (SERVICE, "from datetime import date\nx = date.today()\n", "clock"),
        (KIT, "from datetime import datetime\nx = datetime.now()\n", "clock"),
        (SERVICE, "from sqlmodel import select\nx = select(1)\n", "select"),
        (SERVICE, "x = 1\n" * 401, "size"),
        (SERVICE, _long_function(61), "size"),
        (SERVICE, "async " + _long_function(61), "size"),
        (SERVICE, "x = 1  # TO" + "DO later\n", "unfinished"),
        (DEPLOY, "x = 1  # FIX" + "ME\n", "unfinished"),
    ],
)
def test_finds(house_rules: ModuleType, path: Path, text: str, rule: str) -> None:
    found = house_rules.check(path, text)
    assert len(found) == 1
    assert f" {rule}: " in found[0]
    assert found[0].startswith(f"{path}:")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        (KIT, "async def f(s):\n    await s.commit()\n"),
        (CLOCK, "from datetime import datetime\nx = datetime.now()\n"),
        (DEPLOY, "import datetime as dt\nx = dt.datetime.now(dt.UTC)\n"),
        (MIGRATION, "from sqlalchemy import select\nx = select(1)\n"),
        (QUERIES, "from sqlmodel import select\nx = select(1)\n"),
        (SERVICE, "from nmo_kit import clock\nx = clock.now()\n"),
        (SERVICE, "x = 1\n" * 400),
        (SERVICE, _long_function(60)),
        (SERVICE, "title = 'TO" + "DO list'\n"),
        (
            SERVICE,
            "async def f(s):\n    await s.commit()  # rule: commit the row must outlive the rollback\n",
        ),
    ],
)
def test_lets_pass(house_rules: ModuleType, path: Path, text: str) -> None:
    assert house_rules.check(path, text) == []


def test_an_escape_names_its_own_rule(house_rules: ModuleType) -> None:
    text = "async def f(s):\n    await s.commit()  # rule: clock another rule's name\n"
    assert len(house_rules.check(SERVICE, text)) == 1


def test_an_escape_gives_a_reason(house_rules: ModuleType) -> None:
    assert len(house_rules.check(SERVICE, "async def f(s):\n    await s.commit()  # rule: commit\n")) == 1
