"""Results by file: reading it, entering what is right, saying what is not."""

from datetime import date

import pytest

from nmo_applications.workplace.results_rules import FileFaultError, read_results
from nmo_kit import clock
from nmo_testkit import drain_outbox

RESULTS = "/api/v1/organization/results"
HEAD = "Номер заявки;Результат;Дата окончания;Номер удостоверения"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251"])
def test_file_is_read_in_usual_encodings(encoding):
    (row,) = read_results(f"{HEAD}\r\nnmo-0000001-2026; Да ;24.05.2026;77-1\r\n\r\n".encode(encoding))
    assert (row.line, row.number, row.passed) == (2, "NMO-0000001-2026", True)
    assert (row.completed_on, row.certificate_number, row.fault) == (date(2026, 5, 24), "77-1", None)


def test_commas_english_headings_and_iso_dates_work_too():
    text = 'number,passed,completed_on,certificate_number\nNMO-1,no,2026-05-24,\n"NMO-2",да,,"7,7"\n'
    first, second = read_results(text.encode())
    assert (first.passed, first.completed_on) == (False, date(2026, 5, 24))
    assert (second.passed, second.completed_on, second.certificate_number) == (True, None, "7,7")


@pytest.mark.parametrize(
    ("line", "words"),
    [(";да;;", "номера заявки"), ("NMO-1;может быть;;", "да"), ("NMO-1;да;вчера;", "24.05.2026")],
)
def test_line_says_what_is_wrong_with_it(line, words):
    (row,) = read_results(f"{HEAD}\n{line}".encode())
    assert words in (row.fault or "")


@pytest.mark.req("T20")
@pytest.mark.parametrize(
    "body", [b"", "Номер заявки;Результат".encode(), f"{HEAD}\n".encode() + b"N;da;;\n" * 501]
)
def test_file_that_cannot_be_used(body):
    with pytest.raises(FileFaultError):
        read_results(body)


@pytest.mark.req("APP-05")
async def test_right_lines_are_entered_and_wrong_ones_told(world):
    element_id = await world.element()
    enrolled = []
    for _ in range(3):
        application = await world.submitted(element_id=element_id)
        await world.organization_does(application, "confirm")
        await world.organization_does(application, "enrol")
        enrolled.append(application["number"])
    waiting = await world.submitted(element_id=element_id)
    await drain_outbox(world.db)
    today = f"{clock.today():%d.%m.%Y}"
    lines = [
        f"{enrolled[0]};да;{today};77-1",
        f"{enrolled[1]};нет;;",
        f"{enrolled[2]};да;{today};",
        f"{waiting['number']};да;{today};77-2",
        "NMO-9999999-2026;да;;77-3",
    ]
    headers = {**world.staff, "content-type": "text/csv"}
    body = "\n".join([HEAD, *lines]).encode()
    answer = (await world.http.post(RESULTS, content=body, headers=headers)).json()
    assert (answer["accepted"], answer["refused"]) == (2, 3)
    faults = [item["message"] for item in answer["items"][2:]]
    assert faults[0] == "Введите номер удостоверения"
    assert "На рассмотрении" in faults[1]
    assert faults[2] == "Такой заявки в вашу организацию нет"
    events = await drain_outbox(world.db)
    assert [event.type_name.split(".")[2] for event in events] == ["completed", "failed"]
    again = (await world.http.post(RESULTS, content=body, headers=headers)).json()
    assert again["accepted"] == 0
    assert await drain_outbox(world.db) == []


@pytest.mark.req("T20")
async def test_unreadable_file_and_wrong_people(world):
    headers = {**world.staff, "content-type": "text/csv"}
    answer = await world.http.post(RESULTS, content=b"a;b\n", headers=headers)
    assert answer.status_code == 422
    assert "нет столбцов" in answer.json()["errors"][0]["message"]
    # A file is larger than other requests may be: its lines are counted, not its bytes.
    long = f"{HEAD}\n".encode() + b"N;da;;\n" * 60_000
    many = await world.http.post(RESULTS, content=long, headers=headers)
    assert (len(long) > 256 * 1024, many.status_code) == (True, 422)
    assert (await world.http.post(RESULTS, content=long * 3, headers=headers)).status_code == 413
    for endless in (b"a" * 300_000, f'{HEAD}\n"N;da;;\n'.encode() + b"N;da;;\n" * 30_000):
        answer = await world.http.post(RESULTS, content=endless, headers=headers)
        assert answer.status_code == 422
        assert "значение без конца" in answer.json()["errors"][0]["message"]
    refused = await world.http.post(
        RESULTS, content=b"", headers={**world.person, "content-type": "text/csv"}
    )
    assert refused.status_code == 403
