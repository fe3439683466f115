from datetime import date

import pytest

from nmo_gateway.pages.edu import view
from nmo_gateway.pages.forms import Form

DAY = date(2026, 6, 30)


@pytest.mark.req("APP-05")
@pytest.mark.parametrize(
    ("allowed", "main"),
    [
        (["confirm", "request_documents", "reject"], "confirm"),
        (["enrol", "reject"], "enrol"),
        (["complete", "fail"], "complete"),
        (["reject"], None),
        ([], None),
    ],
)
def test_one_main_button_by_what_is_allowed(allowed, main):
    assert view.actions({"allowed": allowed, "status": "submitted", "seat": "held"}).main == main


def test_waiting_for_the_seat_is_said():
    assert view.actions({"allowed": ["reject"], "status": "submitted", "seat": "pending"}).waiting


@pytest.mark.parametrize(
    ("values", "faults"),
    [
        ({"passed": "yes", "completed_on": "20.06.2026", "certificate_number": "ПК-1"}, set()),
        ({"passed": "no", "completed_on": "", "certificate_number": ""}, set()),
        ({"passed": "", "completed_on": "", "certificate_number": ""}, {"passed"}),
        (
            {"passed": "yes", "completed_on": "", "certificate_number": ""},
            {"completed_on", "certificate_number"},
        ),
        ({"passed": "yes", "completed_on": "01.07.2026", "certificate_number": "1"}, {"completed_on"}),
    ],
)
def test_faults_of_the_result(values, faults):
    form = Form(values=values)
    body = view.read_result(form, today=DAY)
    assert set(form.errors) == faults
    assert (body is None) == bool(faults)


@pytest.mark.req("APP-05")
def test_decisions_from_the_work_place(reader, data):
    someone = reader("org-staff")
    base = f"/edu/applications/NMO-0121351-{data.TODAY.year}"
    card = someone.get(base).text
    assert "Одобрить заявку" in card
    assert "записан в журнале специалиста" in card
    asked = someone.post(f"{base}/request-documents", message="")
    assert asked.status == 422
    assert "Введите, какие документы нужны" in asked.text
    confirmed = someone.post(f"{base}/confirm")
    assert confirmed.headers["Location"] == f"{base}?done=confirm"
    assert "Цикл специалиста подтверждён вместе с ней" in someone.get(f"{base}?done=confirm").text
    assert someone.post(f"{base}/enrol").headers["Location"] == f"{base}?done=enrol"
    result = someone.post(f"{base}/complete", passed="yes", completed_on="", certificate_number="")
    assert result.status == 422
    no = someone.post(f"{base}/complete", passed="no", completed_on="", certificate_number="")
    assert no.headers["Location"] == f"{base}?done=complete"


def test_confirming_before_the_seat_is_held_is_explained(reader, data):
    base = f"/edu/applications/NMO-0121352-{data.TODAY.year}"
    answer = reader("org-staff").post(f"{base}/confirm")
    assert answer.status == 409
    assert "Место ещё бронируется" in answer.text


def test_rejection_needs_a_reason(reader, data):
    base = f"/edu/applications/NMO-0121353-{data.TODAY.year}"
    someone = reader("org-staff")
    assert "Введите причину отказа" in someone.post(f"{base}/reject", reason="").text
    assert someone.post(f"{base}/reject", reason="Нет мест").headers["Location"] == f"{base}?done=reject"


@pytest.mark.req("APP-05")
def test_queue_by_status_and_words(reader):
    someone = reader("org-staff")
    page = someone.get("/edu/applications?status=enrolled").text
    assert "Тихонова А. Л." in page
    assert "Лугова Е. М." not in page
    assert "Зимина О. В." in someone.get("/edu/applications?q=%D0%97%D0%B8%D0%BC").text
