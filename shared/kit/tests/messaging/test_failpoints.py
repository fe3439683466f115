import time
from pathlib import Path

import pytest

from nmo_kit import failpoints


@pytest.fixture(autouse=True)
def clean():
    yield
    failpoints.configure("")


async def test_nothing_happens_unless_set():
    assert await failpoints.hit("db.before_commit") is False
    assert failpoints.hit_sync("db.before_commit") is False


async def test_raise_counts_hits():
    failpoints.configure("a.b:raise@2")
    await failpoints.hit("a.b")
    with pytest.raises(failpoints.FailpointRaisedError):
        await failpoints.hit("a.b")
    await failpoints.hit("a.b")


async def test_drop_tells_the_caller_and_sleep_waits():
    failpoints.configure("x:drop, y:sleep(0.05)")
    assert await failpoints.hit("x") is True
    started = time.monotonic()
    assert failpoints.hit_sync("y") is False
    assert time.monotonic() - started >= 0.05


async def test_a_share_of_zero_and_of_all():
    failpoints.configure("never:raise@0%,always:raise@100%")
    for _ in range(50):
        await failpoints.hit("never")
    with pytest.raises(failpoints.FailpointRaisedError):
        await failpoints.hit("always")


@pytest.mark.parametrize("text", ["a", "a:explode", "a:kill@x", "a:kill@-1", "a b:kill"])
def test_misspelt_text_is_refused(text: str):
    with pytest.raises(ValueError, match="cannot read"):
        failpoints.configure(text)


def test_production_refuses_them():
    failpoints.refuse_in("production")
    failpoints.configure("a:kill")
    failpoints.refuse_in("test")
    with pytest.raises(RuntimeError, match="production"):
        failpoints.refuse_in("production")


async def test_a_file_steers_a_running_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = tmp_path / "points"
    monkeypatch.setattr(failpoints, "_file", file)
    await failpoints.hit("a.b")
    file.write_text("a.b:raise@2,c:drop")
    await failpoints.hit("a.b")
    with pytest.raises(failpoints.FailpointRaisedError):
        await failpoints.hit("a.b")
    assert await failpoints.hit("c") is True
    file.unlink()
    assert await failpoints.hit("c") is False
    fired = (tmp_path / "points.fired").read_text().splitlines()
    assert [line.split()[:2] for line in fired] == [["a.b", "raise"], ["c", "drop"]]
