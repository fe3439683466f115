"""Properties as they are written are those that the library reads."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pamqp.header import ContentHeader

from nmo_kit.messaging.properties import written

SHORT = st.text(min_size=1, max_size=60)
GIVEN = st.fixed_dictionaries(
    {
        "content_type": SHORT,
        "headers": st.dictionaries(SHORT, st.text() | st.integers(-(2**63), 2**63 - 1), max_size=5),
        "correlation_id": st.none() | SHORT,
        "message_id": SHORT,
        "timestamp": st.datetimes(datetime(1970, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 aware by the strategy
        "message_type": SHORT,
        "app_id": SHORT,
    }
)


@given(GIVEN)
def test_the_library_reads_what_was_written(given_: dict[str, Any]) -> None:
    frame = ContentHeader(body_size=7, properties=written(**given_)).marshal()
    found = ContentHeader()
    found.unmarshal(frame)
    assert found.body_size == 7
    read = {name: getattr(found.properties, name) for name in (*given_, "delivery_mode")}
    assert read == {**given_, "timestamp": given_["timestamp"].replace(microsecond=0), "delivery_mode": 2}


def test_a_text_that_does_not_fit_is_refused() -> None:
    whole: dict[str, Any] = {
        "content_type": "a", "headers": {}, "correlation_id": None, "message_id": "m",
        "timestamp": datetime(2026, 1, 1, tzinfo=UTC), "message_type": "t", "app_id": "x",
    }  # fmt: skip
    written(**whole)
    with pytest.raises(ValueError, match="256"):
        written(**{**whole, "message_id": "я" * 128})
