"""Schedule and verdicts."""

from datetime import UTC, datetime, timedelta

import pytest

from nmo_notifications.webhooks.rules import (
    MAX_ATTEMPTS,
    SCHEDULE_S,
    Verdict,
    judge,
    pause_s,
    should_pause,
)

pytestmark = pytest.mark.req("PAR-02")


@pytest.mark.parametrize(
    ("status", "attempts", "verdict"),
    [
        (200, 1, Verdict.DELIVERED),
        (204, 9, Verdict.DELIVERED),
        (301, 1, Verdict.RETRY),
        (404, 1, Verdict.RETRY),
        (410, 1, Verdict.PAUSE),
        (500, MAX_ATTEMPTS - 1, Verdict.RETRY),
        (500, MAX_ATTEMPTS, Verdict.EXHAUSTED),
        (None, 1, Verdict.RETRY),
    ],
)
def test_verdicts(status, attempts, verdict):
    assert judge(status=status, attempts=attempts) is verdict


@pytest.mark.failure("PARTNER-5XX")
def test_schedule_lasts_three_days():
    assert timedelta(seconds=sum(SCHEDULE_S)) == timedelta(hours=75, minutes=35, seconds=5)


@pytest.mark.failure("PARTNER-THROTTLES")
def test_pause_follows_the_schedule_and_the_receiver():
    assert pause_s(1, status=500, retry_after=None, jitter=0) == 5
    assert pause_s(1, status=500, retry_after=None, jitter=1) == pytest.approx(5.5)
    assert pause_s(1, status=500, retry_after="60", jitter=0) == 5, "only throttling answers may ask"
    assert pause_s(1, status=429, retry_after="60", jitter=0) == 60
    assert pause_s(1, status=429, retry_after="999999", jitter=0) == 3600
    assert pause_s(1, status=429, retry_after="Wed, 21 Oct 2026 07:28:00 GMT", jitter=0) == 5
    assert pause_s(99, status=500, retry_after=None, jitter=0) == SCHEDULE_S[-1]


def test_five_days_of_failures():
    now = datetime(2026, 11, 21, tzinfo=UTC)
    assert not should_pause(None, now)
    assert not should_pause(now - timedelta(days=4, hours=23), now)
    assert should_pause(now - timedelta(days=5), now)
