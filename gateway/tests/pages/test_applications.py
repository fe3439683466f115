import pytest

from nmo_gateway.pages.applications import view
from nmo_gateway.pages.forms import Form

EMPLOYMENTS = [
    {
        "employer_oid": "7007",
        "employer_name": "Городская больница № 7",
        "employer_address": "а",
        "region_code": "77",
        "position": "Врач",
    },
]


def filled(**more):
    values = {
        "employment": "employed",
        "position": "Врач-кардиолог",
        "workplace_name": "Городская больница № 7",
        "workplace_address": "ул. Лесная, 7",
        "region_code": "77",
        "basis": "budget",
        "payer": "",
        **more,
    }
    return Form(values=values)


@pytest.mark.req("APP-02")
def test_hidden_fields_are_emptied_and_the_employer_is_named():
    body = view.change(filled(), EMPLOYMENTS)
    assert body["employer_oid"] == "7007"
    idle = view.change(filled(employment="unemployed", basis="contract", payer="person"), EMPLOYMENTS)
    assert idle["position"] is idle["workplace_name"] is idle["workplace_address"] is None
    assert idle["payer"] == "person"
    assert view.change(filled(workplace_name="Другая"), EMPLOYMENTS)["employer_oid"] is None


@pytest.mark.req("APP-02", "APP-03")
@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ({}, set()),
        ({"employment": ""}, {"employment"}),
        ({"position": "", "workplace_name": ""}, {"position", "workplace_name"}),
        ({"employment": "unemployed", "position": "", "workplace_name": "", "workplace_address": ""}, set()),
        ({"basis": "contract"}, {"payer"}),
        ({"basis": "contract", "payer": "legal_entity"}, set()),
        ({"basis": "", "region_code": ""}, {"basis", "region_code"}),
    ],
)
def test_faults_of_the_form(more, faults):
    form = filled(**more)
    view.read_faults(form)
    assert set(form.errors) == faults


@pytest.mark.req("APP-02")
def test_form_is_prefilled_from_the_register_until_it_is_saved():
    application = {"form": {"employment": None}, "version": 3, "element": {"bases": ["contract"]}}
    suggested = {"employment": "employed", "position": "Врач"}
    values = view.form_values(application, suggested, None)
    assert (values["position"], values["basis"], values["version"]) == ("Врач", "contract", "3")
    saved = {**application, "form": {"employment": "unemployed"}}
    assert view.form_values(saved, suggested, None)["position"] == ""
    assert view.form_values(saved, suggested, EMPLOYMENTS[0])["workplace_name"] == "Городская больница № 7"


def test_only_files_of_this_site_are_offered():
    application = {
        "documents": [
            {"title": "А", "url": "/api/v1/applications/1/documents/application.pdf"},
            {"title": "Б", "url": "https://evil.example/x"},
        ]
    }
    assert [title for title, _ in view.documents(application)] == ["А"]


@pytest.mark.parametrize(
    ("seat", "status", "moving"),
    [("pending", "submitted", True), ("held", "submitted", False), ("pending", "rejected", False)],
)
def test_the_block_moves_while_the_seat_is_being_held(seat, status, moving):
    assert view.state({"seat": seat, "status": status, "reason": None}).moving is moving


@pytest.mark.req("APP-02")
def test_three_screens_without_scripts(reader, data):
    someone = reader("match")
    base = f"/cabinet/applications/NMO-0121334-{data.TODAY.year}"
    page = someone.get(f"{base}/edit").text
    assert 'value="Врач-кардиолог"' in page
    assert 'value="Городская больница № 7"' in page
    wrong = someone.post(
        f"{base}/edit",
        employment="employed",
        version="1",
        position="",
        workplace_name="",
        workplace_address="",
        region_code="",
        basis="",
        payer="",
    )
    assert wrong.status == 422
    assert "<title>Ошибка: Данные для заявки — Портал НМФО</title>" in wrong.text
    assert 'href="#position"' in wrong.text
    assert wrong.text.count("Введите должность") == 2
    fields = {
        "employment": "employed",
        "position": "Врач-кардиолог",
        "workplace_name": "Городская больница № 7",
        "workplace_address": "ул. Лесная, 7",
        "region_code": "77",
        "basis": "budget",
        "payer": "",
    }
    assert someone.post(f"{base}/edit", version="1", **fields).headers["Location"] == f"{base}/check"
    assert "Проверьте заявку" in someone.get(f"{base}/check").text
    assert someone.post(f"{base}/submit").headers["Location"] == f"{base}/done"
    done = someone.get(f"{base}/done").text
    assert "Заявка отправлена" in done
    assert "documents/application.pdf" in done
    assert someone.get(f"{base}/edit").headers["Location"] == base


def test_faults_of_the_service_come_back_at_their_fields(reader, data):
    someone = reader("match")
    fields = {
        "employment": "employed",
        "position": "Ошибка",
        "workplace_name": "Б",
        "workplace_address": "А",
        "region_code": "77",
        "basis": "budget",
        "payer": "",
        "version": "1",
    }
    answer = someone.post(f"/cabinet/applications/NMO-0121334-{data.TODAY.year}/edit", **fields)
    assert answer.status == 422
    assert answer.text.count("Такой должности нет в справочнике") == 2


def test_links_of_notices_find_an_application_by_its_id(reader, data):
    page = reader("match").get(f"/cabinet/applications/{data.uid('application-3')}")
    assert page.status == 200
    assert f"NMO-0121333-{data.TODAY.year}" in page.text


def test_unknown_number_is_an_absent_page(reader, data):
    assert reader("match").get(f"/cabinet/applications/NMO-0121333-{data.TODAY.year}/no-such").status == 404
    assert reader("match").get("/cabinet/applications/NMO-9999999-2020").status == 404


@pytest.mark.req("APP-06")
def test_history_tells_when_who_and_why(reader, data):
    page = reader("match").get(f"/cabinet/applications/NMO-0121333-{data.TODAY.year}").text
    assert "образовательная организация" in page
    assert "Приложите копию действующего сертификата специалиста." in page


@pytest.mark.req("APP-06", "APP-08")
def test_withdrawing_and_deleting_ask_first(reader, data):
    someone = reader("match")
    base = f"/cabinet/applications/NMO-0121333-{data.TODAY.year}"
    assert "Отозвать заявку?" in someone.get(f"{base}/withdraw").text
    assert someone.post(f"{base}/withdraw").headers["Location"] == f"{base}?done=withdrawn"
    assert "Удалить заявку?" in someone.get(f"{base}/delete").text
    assert someone.post(f"{base}/delete").headers["Location"] == "/cabinet/applications?done=deleted"
    assert someone.get(base).status == 404
