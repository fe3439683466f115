"""Properties of an event's message, written for the wire at a tenth of the library's cost (AMQP 0-9-1, 4.2.6.1).

The relay publishes thousands a second with the same eight properties. The library looks up the type of each one for each
message, which was a sixth of the relay's processor time.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from pamqp.commands import Basic

_PERSISTENT = b"\x02"
_CONTENT_TYPE, _HEADERS, _DELIVERY_MODE, _CORRELATION_ID = 1 << 15, 1 << 13, 1 << 12, 1 << 10
_MESSAGE_ID, _TIMESTAMP, _TYPE, _APP_ID = 1 << 7, 1 << 6, 1 << 5, 1 << 3
_ALWAYS = _CONTENT_TYPE | _HEADERS | _DELIVERY_MODE | _MESSAGE_ID | _TIMESTAMP | _TYPE | _APP_ID


@dataclass(frozen=True, slots=True)
class _Written:
    """What the channel asks of properties."""

    message_id: str
    content: bytes

    def marshal(self) -> bytes:
        """As they go on the wire."""
        return self.content


def written(
    *,
    content_type: str,
    headers: Mapping[str, str | int],
    correlation_id: str | None,
    message_id: str,
    timestamp: datetime,
    message_type: str,
    app_id: str,
) -> Basic.Properties:
    """Properties of a persistent message.

    Raises:
        ValueError: a text other than a header's value has more than 255 bytes.
    """
    table = b"".join(map(_field, headers.items()))
    content = b"".join(
        (
            struct.pack(">H", _ALWAYS | (_CORRELATION_ID if correlation_id else 0)),
            _short(content_type),
            struct.pack(">I", len(table)),
            table,
            _PERSISTENT,
            _short(correlation_id) if correlation_id else b"",
            _short(message_id),
            struct.pack(">Q", int(timestamp.timestamp())),
            _short(message_type),
            _short(app_id),
        )
    )
    return cast("Basic.Properties", _Written(message_id, content))


def _field(item: tuple[str, str | int]) -> bytes:
    name, value = item
    if isinstance(value, int):
        return _short(name) + b"l" + struct.pack(">q", value)
    text = value.encode()
    return _short(name) + b"S" + struct.pack(">I", len(text)) + text


def _short(text: str) -> bytes:
    encoded = text.encode()
    # More than 255 bytes do not fit the one that tells the length.
    return bytes((len(encoded),)) + encoded
