"""A query read by hand is read as the framework reads it: the same values, the same faults, the same document."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from fastapi import Depends, FastAPI, Query
from fastapi.testclient import TestClient
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, Field

from nmo_kit.query import query_parameters, query_reader


class Wanted(BaseModel):
    """Every kind of field that a list's filters have."""

    q: str = Field(default="", max_length=5)
    kind: tuple[Literal["a", "b"], ...] = Field(default=(), max_length=2)
    owner: tuple[UUID, ...] = ()
    since: date | None = Field(default=None, alias="from")
    least: Annotated[Decimal, Field(ge=0)] | None = None
    free: bool = False
    sort: Literal["date", "-date"] = "date"
    limit: int = Field(default=25, ge=1, le=100)


app = FastAPI()


@app.get("/framework")
async def framework(query: Annotated[Wanted, Query()]) -> Any:
    return query


@app.get("/ours", openapi_extra=query_parameters(Wanted))
async def ours(query: Annotated[Wanted, Depends(query_reader(Wanted))]) -> Any:
    return query


client = TestClient(app)
names = st.sampled_from(["q", "kind", "owner", "from", "since", "least", "free", "sort", "limit", "other"])
values = st.sampled_from(
    [
        "",
        "a",
        "b",
        "x" * 6,
        "1",
        "0",
        "true",
        "-date",
        "2026-11-22",
        "25",
        "101",
        "0198a000-0000-7000-8000-000000000001",
    ]
) | st.text(max_size=4)


@given(st.lists(st.tuples(names, values), max_size=6))
@example([("kind", "a"), ("kind", "b"), ("kind", "a")])
@example([("limit", "1"), ("limit", "2")])
def test_every_query_is_answered_as_by_the_framework(pairs: list[tuple[str, str]]) -> None:
    query = urlencode(pairs)
    theirs, own = (client.get(f"/{path}?{query}") for path in ("framework", "ours"))
    assert (own.status_code, own.json()) == (theirs.status_code, theirs.json())


def test_the_document_is_the_frameworks() -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert paths["/ours"]["get"]["parameters"] == paths["/framework"]["get"]["parameters"]
