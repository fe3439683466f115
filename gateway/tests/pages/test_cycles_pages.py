import pytest

TYPED = {
    "specialty_key": "VO-066",
    "kind": "accreditation",
    "series": "7726",
    "number": "0001",
    "exam_on": "25.05.2021",
    "issued_on": "",
}


@pytest.mark.req("CYC-03")
def test_an_offer_opens_at_one_press(reader, data):
    someone = reader("match")
    page = someone.get("/cabinet/cycles").text
    assert "Педиатрия" in page
    made = someone.post("/cabinet/cycles", document_id=data.uid("document-2"))
    assert made.headers["Location"] == f"/cabinet/cycles/{data.uid('cycle-new')}?done=opened"
    assert "Цикл открыт" in someone.get(made.headers["Location"]).text


@pytest.mark.req("CYC-02")
def test_dates_are_shown_not_typed(reader):
    someone = reader("match")
    form = someone.get("/cabinet/cycles/new").text
    assert "starts_on" not in form
    assert "ends_on" not in form
    check = someone.post("/cabinet/cycles/new", **TYPED).text
    assert "25 мая 2021" in check
    assert "24 мая 2026" in check
    again = someone.post("/cabinet/cycles/new", **TYPED, step="back").text
    assert 'value="0001"' in again
    assert someone.post("/cabinet/cycles/new", **TYPED, step="save").status == 303


def test_refusal_of_the_service_stands_at_its_field(reader):
    answer = reader("match").post("/cabinet/cycles/new", **{**TYPED, "specialty_key": "VO-104"}, step="save")
    assert answer.status == 422
    assert answer.text.count("Такой документ уже есть в другом цикле") == 2


@pytest.mark.req("CYC-04")
def test_only_the_organisation_changes_and_an_empty_cycle_is_deleted(reader, data):
    someone = reader("match")
    base = f"/cabinet/cycles/{data.CYCLE_2}"
    assert "Выберите организацию" in someone.post(f"{base}/organisation", organization_id="").text
    assert (
        someone.post(f"{base}/organisation", organization_id=data.HEART).headers["Location"]
        == f"{base}?done=organisation"
    )
    assert "Общество кардиологов" in someone.get(base).text
    assert someone.post(f"{base}/delete").headers["Location"] == "/cabinet/cycles?done=deleted"


@pytest.mark.req("CYC-04")
def test_a_cycle_in_use_stays_and_says_why(reader, data):
    answer = reader("match").post(f"/cabinet/cycles/{data.CYCLE}/delete")
    assert answer.status == 422
    assert "Цикл нельзя удалить" in answer.text


@pytest.mark.req("CYC-08")
def test_plan_says_where_nothing_is_offered(reader, data, stop):
    someone = reader("match")
    plan = someone.get(f"/cabinet/plan?cycle={data.CYCLE}").text
    assert plan.count(">Выбрать<") == 2
    assert "Отсутствуют" not in plan
    new = someone.post("/cabinet/cycles", document_id=data.uid("document-2")).headers["Location"]
    cycle_id = new.split("/")[-1].split("?")[0]
    assert someone.get(f"/cabinet/plan?cycle={cycle_id}").text.count("Отсутствуют") == 2


def test_a_component_leaves_the_plan(reader, data):
    someone = reader("match")
    answer = someone.post(f"/cabinet/plan/{data.CYCLE}/remove/{data.uid('plan-4')}")
    assert answer.headers["Location"] == f"/cabinet/plan?cycle={data.CYCLE}&done=removed"
    assert "Вебинар" not in someone.get(f"/cabinet/plan?cycle={data.CYCLE}").text


@pytest.mark.req("FRM-03", "CYC-03")
def test_a_cycle_whose_document_left_the_register_says_what_to_do(reader, data):
    someone = reader("match")
    page = someone.get(f"/cabinet/cycles/{data.CYCLE_3}").text
    assert "Документа цикла больше нет в регистре" in page
    assert "21 ноября 2026 Федеральный регистр" in page
    for step in ("/cabinet/comparison", "/cabinet/documents/new", "/cabinet/tickets/new/other"):
        assert f'href="{step}"' in page
    assert "больше нет в регистре" not in someone.get(f"/cabinet/cycles/{data.CYCLE}").text
    assert someone.get("/cabinet/cycles").text.count("Нет в регистре") == 1
