"""Four runs of tests start side by side on a machine that has none of the servers yet."""

import fcntl
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from nmo_local.infra.debian import one_at_a_time

_LOOKS = "from nmo_local.infra.debian import one_at_a_time\nwith one_at_a_time(): print('looked')"


def test_nobody_looks_for_a_program_while_another_process_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    with one_at_a_time():
        (lock,) = tmp_path.iterdir()
        with lock.open() as other, pytest.raises(BlockingIOError):
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
    done = subprocess.run(
        [sys.executable, "-c", _LOOKS], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "looked\n"
