"""Reading the parameters of an OAuth request as strictly as ЕСИА does."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from urllib.parse import parse_qsl

from starlette.requests import Request

from nmo_sandbox.esia.errors import EsiaRefusalError, missing

_FORM = "application/x-www-form-urlencoded"
_STATE = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TIMESTAMP = re.compile(r"\d{4}\.\d{2}\.\d{2} \d{2}:\d{2}:\d{2} [+-]\d{4}")
_MOST_FIELDS = 60


class Params(dict[str, str]):
    """Parameters of one request, each given once. An empty one counts as absent."""

    def required(self, name: str) -> str:
        """Return the parameter. Raises the refusal 007014 that names it when it is absent."""
        value = self.get(name, "")
        if not value:
            raise missing(name)
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return the parameter. Raises 007014 when it is absent, 007003 for another value."""
        value = self.required(name)
        if value not in allowed:
            raise EsiaRefusalError("007003", detail=name)
        return value

    def state(self, *, any_form: bool = False) -> str:
        """Return `state`, which ЕСИА wants as a UUID. Raises 007014 or 007003."""
        value = self.required("state")
        if not any_form and not _STATE.fullmatch(value):
            raise EsiaRefusalError("007003", detail="state")
        return value

    def timestamp(self) -> datetime:
        """Return `timestamp` (`yyyy.MM.dd HH:mm:ss ±HHMM`) in UTC. Raises 007014 for another form, as ЕСИА does."""
        value = self.required("timestamp")
        if not _TIMESTAMP.fullmatch(value):
            raise missing("timestamp")
        try:
            return datetime.strptime(value, "%Y.%m.%d %H:%M:%S %z").astimezone(UTC)
        except (ValueError, OverflowError) as wrong:
            raise missing("timestamp") from wrong


async def read_params(request: Request) -> Params:
    """Read the query, and the form of a POST.

    Raises:
        EsiaRefusalError: 007003 for a repeated parameter, 007014 for a POST that is no form, 007038 for bytes that
            are no UTF-8.
    """
    sources = [request.url.query.encode()]
    if request.method == "POST":
        if request.headers.get("content-type", "").split(";")[0].strip().lower() != _FORM:
            raise missing("client_id")
        sources.append(await request.body())
    found = Params()
    for source in sources:
        for name, value in _pairs(source):
            if name in found:
                raise EsiaRefusalError("007003", detail=name)
            found[name] = value
    return found


def _pairs(source: bytes) -> list[tuple[str, str]]:
    try:
        text = source.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError as wrong:
        raise EsiaRefusalError("007038") from wrong


def signed_text(params: Mapping[str, str], fields: tuple[str, ...]) -> bytes:
    """Concatenate the fields as they were sent, without separators, in UTF-8: what `client_secret` signs."""
    return "".join(params.get(field, "") for field in fields).encode()
