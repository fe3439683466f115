"""SCR-18: documents added by hand with their scans, and the desk that verifies them."""

import urllib.request
from datetime import date

import pytest
from world import uid

from nmo_gateway.pages.accreditations import view

PAGE = "/cabinet/documents"
DESK = "/support/documents"
EXTRACT = {
    "specialty_key": "VO-027",
    "number": "0000000",
    "institution": "Северный медицинский университет",
    "exam_on": "14.09.2026",
    "issued_on": "16.09.2026",
    "data_are_true": "1",
    "reports_new_surname": "1",
}
PDF = b"%PDF-1.4 small"
EDGE = "part-of-a-form"
CSRF = "csrf-of-standin"


def posted(reader, path, content=b"", **fields):
    """A form with a file, as a browser sends it."""
    parts = [
        f'--{EDGE}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in {"csrf_token": CSRF, **fields}.items()
    ]
    head = f'--{EDGE}\r\nContent-Disposition: form-data; name="scan"; filename="scan.pdf"\r\n\r\n'.encode()
    body = b"".join(parts) + head + content + f"\r\n--{EDGE}--\r\n".encode()
    headers = {"Content-Type": f"multipart/form-data; boundary={EDGE}"}
    return reader._send(urllib.request.Request(reader.site + path, data=body, headers=headers))  # noqa: S310 loopback


@pytest.mark.req("FRM-04", "FRM-05", "MAT-05")
@pytest.mark.parametrize("key", ["match", "absent"])
def test_extract_with_zeros_is_sent_and_shown_unconfirmed(reader, key):
    someone = reader(key)
    sent = posted(someone, f"{PAGE}/new/accreditation_protocol", PDF, **EXTRACT)
    assert sent.status == 303, sent.text
    page = someone.get(sent.headers["Location"]).text
    assert "Документ отправлен на проверку" in page
    assert "Не подтверждено, ждёт проверки" in page
    assert "Проверим до" in page
    assert "0000000" in page
    assert "Не подтверждено, ждёт проверки" in someone.get(PAGE).text


@pytest.mark.req("FRM-04", "POR-02", "GWY-05")
def test_faults_stand_at_their_fields_and_the_scan_is_kept(reader):
    someone = reader("match")
    path = f"{PAGE}/new/accreditation"
    page = posted(someone, path, PDF, **{**EXTRACT, "exam_on": "вчера"})
    assert page.status == 422
    assert "Введите дату сдачи экзамена в формате ДД.ММ.ГГГГ" in page.text
    assert "Приложено файлов: 1." in page.text
    assert f'name="scan_ids" value="{uid("scan-new")}"' in page.text
    again = posted(someone, path, **{**EXTRACT, "scan_ids": uid("scan-new")})
    assert "Номер не может состоять из нулей" in again.text
    wrong = posted(someone, path, b"MZ no scan", **EXTRACT)
    assert "Это не PDF, JPG и не PNG" in wrong.text
    none = posted(someone, path, **{**EXTRACT, "data_are_true": ""})
    assert "Приложите скан документа" in none.text
    assert "Подтвердите, что данные верны" in none.text
    more = posted(someone, path, PDF, **{**EXTRACT, "more": "1", "scan_ids": "one"})
    assert (more.status, "Приложено файлов: 2." in more.text) == (200, True)
    assert posted(someone, f"{PAGE}/new/passport", PDF).status == 404
    assert someone.get(f"{PAGE}/new?kind=diploma").headers["Location"] == f"{PAGE}/new/diploma"


@pytest.mark.req("FRM-06", "POR-03")
def test_a_refused_document_says_why_and_goes_again(reader):
    someone = reader("match")
    path = f"{PAGE}/{uid('paper-11')}"
    assert "там 14 июня" in someone.get(path).text
    form = someone.get(f"{path}/edit").text
    assert 'value="15.06.2026"' in form
    assert 'value="0000000"' in form
    sent = posted(someone, f"{path}/edit", **EXTRACT)
    assert sent.headers["Location"] == f"{path}?done=resent"
    assert someone.get(f"{path}/edit").headers["Location"] == path
    taken = posted(someone, f"{PAGE}/new/certificate", PDF, **{**EXTRACT, "number": "999"})
    assert taken.headers["Location"] == f"{path}?done=already"
    assert someone.post(f"{path}/withdraw").headers["Location"] == f"{path}?done=withdrawn"
    assert reader("weak").get(path).status == 303


@pytest.mark.req("FRM-06", "ROL-04")
def test_the_desk_hides_the_owner_until_a_document_is_taken(reader):
    employee = reader("support")
    queue = employee.get(DESK).text
    assert "Ветров" not in queue
    assert "просрочено" in queue
    assert "Просроченные (1)" in queue
    path = f"{DESK}/{uid('paper-13')}"
    closed = employee.get(path)
    assert (closed.status, "Ветров" in closed.text) == (409, False)
    assert employee.post(f"{path}/take").headers["Location"] == f"{path}?done=taken"
    page = employee.get(path).text
    assert "Ветров Сергей Николаевич" in page
    assert "записан в журнале владельца" in page
    silent = employee.post(f"{path}/write", move="refuse", text="")
    assert (silent.status, "Напишите владельцу" in silent.text) == (422, True)
    assert employee.post(f"{path}/write", move="ask", text="Нужен протокол").headers["Location"] == (
        f"{DESK}?done=asked"
    )
    other = f"{DESK}/{uid('paper-14')}"
    assert employee.post(f"{other}/verify").headers["Location"] == f"{DESK}?done=verified"


@pytest.mark.req("FRM-01")
def test_current_accreditations_tell_how_long_they_last(reader, stop):
    page = reader("match").get("/cabinet/accreditations").text
    assert "7726 031524876" in page
    assert "осталось 1425 дней" in page
    # A certificate that a later accreditation of the specialty took over is not current.
    assert "0123456" not in page
    # What waits for verification says so; a diploma admits to nothing.
    assert "Не подтверждено" in page
    assert "ДОК-0000012" not in page
    assert "709н" in page
    stop("registry")
    away = reader("match").get("/cabinet/accreditations")
    assert (away.status, "временно недоступны" in away.text) == (200, True)


@pytest.mark.req("FRM-01")
def test_ends_are_told_in_time():
    card = {
        "accreditations": [
            {
                "specialty_key": key,
                "specialty_name": key,
                "document_kind": "accreditation",
                "series": "77",
                "number": "1",
                "exam_on": "2021-11-22",
                "valid_until": until,
            }
            for key, until in (("A", "2026-11-21"), ("B", "2027-11-22"), ("C", "2027-11-23"), ("D", None))
        ],
        "certificates": [],
    }
    lines = view.admissions(card, [], date(2026, 11, 22))
    assert [(line.specialty, line.status.word) for line in lines] == [
        ("A", "Срок прошёл"), ("B", "Скоро закончится"), ("C", "Действует"), ("D", "Срок не указан в регистре"),
    ]  # fmt: skip
