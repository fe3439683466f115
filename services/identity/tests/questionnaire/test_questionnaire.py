"""Questionnaire about the diploma: stated, confirmed twice, kept, told."""

from datetime import timedelta
from typing import Any

import pytest

from nmo_identity.questionnaire.rules import Answers, faults_of
from nmo_kit import clock
from nmo_testkit import drain_outbox

MINE = "/api/v1/me/questionnaire"
TODAY = clock.today()
ANSWERS = {
    "specialty_key": "VO-036",
    "organization": "  Северный   медицинский университет ",
    "exam_on": str(TODAY - timedelta(days=900)),
    "diploma_on": str(TODAY - timedelta(days=880)),
    "data_true": True,
    "will_report_surname": True,
}


class Book:
    """The register's book of specialties."""

    codes_known = frozenset({"VO-036"})

    async def codes(self) -> frozenset[str]:
        return self.codes_known


@pytest.fixture
def book(portal: Any) -> Book:
    found = Book()
    portal.client._transport.app.state.specialties = found
    return found


@pytest.mark.req("REG-10")
async def test_questionnaire_is_kept_shown_and_told(portal: Any, people: Any, book: Book) -> None:
    who = await people.make()
    headers = await people.headers(who)
    assert (await portal.client.get(MINE, headers=headers)).json() == {"filled": None}
    await drain_outbox(portal.db)
    kept = await portal.client.put(MINE, json=ANSWERS, headers=headers)
    assert kept.status_code == 200, kept.text
    assert kept.json()["filled"]["organization"] == "Северный медицинский университет"
    headers = await people.headers(who)  # the token before knows too little since
    shown = await portal.client.get(MINE, headers=headers)
    assert shown.json() == kept.json()
    (told,) = await drain_outbox(portal.db)
    assert told.type_name == "identity.questionnaire.filled.v1"
    assert set(told.data) == {"person_id", "filled_at"}
    again = await portal.client.put(MINE, json={**ANSWERS, "specialty_key": "VO-036"}, headers=headers)
    assert again.status_code == 200
    rows = await portal.journal("action = 'questionnaire.filled'")
    assert [row["fields"] for row in rows] == [["diploma_on", "exam_on", "organization", "specialty_key"], []]


@pytest.mark.req("REG-10")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"data_true": False}, "data_true"),
        ({"will_report_surname": False}, "will_report_surname"),
        ({"specialty_key": "VO-999"}, "specialty_key"),
        ({"organization": "  "}, "organization"),
        ({"organization": "х" * 301}, "organization"),
        ({"exam_on": str(TODAY + timedelta(days=1))}, "exam_on"),
        ({"diploma_on": str(TODAY - timedelta(days=901))}, "diploma_on"),
        ({"exam_on": "1949-12-31"}, "exam_on"),
    ],
)
async def test_each_fault_stands_at_its_field(
    portal: Any, people: Any, book: Book, changes: dict[str, Any], field: str
) -> None:
    who = await people.make()
    refused = await portal.client.put(MINE, json={**ANSWERS, **changes}, headers=await people.headers(who))
    assert refused.status_code == 422
    assert [error["pointer"] for error in refused.json()["errors"]] == [f"/{field}"]


async def test_without_the_book_nothing_is_kept(portal: Any, people: Any, book: Book) -> None:
    book.codes_known = frozenset()
    who = await people.make()
    refused = await portal.client.put(MINE, json=ANSWERS, headers=await people.headers(who))
    assert refused.status_code == 503


def test_all_faults_are_told_at_once() -> None:
    answers = Answers("", "", TODAY, TODAY, data_true=False, will_report_surname=False)
    assert len(faults_of(answers, specialties=frozenset(), today=TODAY)) == 4
