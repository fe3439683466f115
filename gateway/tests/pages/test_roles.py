"""SCR-41, SCR-50: asking for a role, giving and taking it, and the work place (ROL-01, ROL-03)."""

import pytest

pytestmark = pytest.mark.req("ROL-03")
NEW = "/cabinet/settings/roles/new"
WHY = "Работаю в деканате, принимаю заявки"


def test_request_names_what_is_missing_and_keeps_what_was_typed(reader, data):
    someone = reader("match")
    empty = someone.post(NEW, reason=WHY)
    assert empty.status == 422
    for words in ("Выберите роль", "Найдите и выберите организацию", WHY):
        assert words in empty.text
    found = someone.post(NEW, role="org_staff", q="СМУ", find="1", reason=WHY)
    assert found.status == 200
    assert f'value="{data.NORTH}"' in found.text
    assert WHY in found.text
    short = someone.post(NEW, role="org_staff", q="СМУ", organization_id=data.NORTH, reason="дайте")
    assert short.status == 422
    assert "Напишите, зачем нужна роль" in short.text


def test_request_is_sent_once_and_can_be_taken_back(reader, data):
    someone = reader("match")
    fields = {"role": "org_staff", "q": "СМУ", "organization_id": data.NORTH, "reason": WHY}
    sent = someone.post(NEW, **fields)
    assert (sent.status, sent.headers["Location"]) == (303, "/cabinet/settings/roles?done=asked")
    assert "Ждёт ответа" in someone.get("/cabinet/settings/roles?done=asked").text
    again = someone.post(NEW, **fields)
    assert again.status == 422
    assert "Запрос на эту роль уже отправлен" in again.text
    request_id = data.uid("role-request-1")
    assert someone.post(f"/cabinet/settings/roles/requests/{request_id}/withdraw").status == 303
    assert "Ждёт ответа" not in someone.get("/cabinet/settings/roles").text


@pytest.mark.req("ROL-02")
@pytest.mark.parametrize("role", ["head", "hr"])
def test_head_and_hr_are_asked_for_at_a_medical_organisation_own_work_first(reader, data, role):
    someone = reader("match")
    found = someone.post(NEW, role=role, q="", find="1", reason=WHY)
    assert found.status == 200
    assert f'value="{data.HOSPITAL}"' in found.text
    assert "Вы здесь работаете. Городская больница № 7, г. Москва" in found.text
    assert data.POLYCLINIC not in found.text, "a job that ended is no work place"
    named = someone.post(NEW, role=role, q="город", find="1", reason=WHY).text
    assert named.index(data.HOSPITAL) < named.index(data.POLYCLINIC)
    assert named.count(f'value="{data.HOSPITAL}"') == 1
    assert data.NORTH not in named, "the catalogue's organisations have no head here"
    fields = {"role": role, "q": "поликл", "organization_id": data.POLYCLINIC, "reason": WHY}
    assert someone.post(NEW, **fields).headers["Location"] == "/cabinet/settings/roles?done=asked"
    assert "ГП № 12, отправлен" in someone.get("/cabinet/settings/roles").text


def test_search_says_what_is_missing(reader, data):
    someone = reader("absent")
    assert "Выберите роль" in someone.post(NEW, q="СМУ", find="1", reason=WHY).text
    nowhere = someone.post(NEW, role="head", q="", find="1", reason=WHY)
    assert (nowhere.status, "Введите часть названия" in nowhere.text) == (422, True)
    nothing = someone.post(NEW, role="head", q="юю", find="1", reason=WHY)
    assert "Такой медицинской организации в реестре нет. Введите другую часть названия." in nothing.text
    assert "Введите часть названия" not in someone.post(NEW, role="support", q="", find="1", reason=WHY).text


@pytest.mark.parametrize(("role", "place"), [("head", "NORTH"), ("org_staff", "HOSPITAL")])
def test_organisation_of_the_other_kind_is_not_taken(reader, data, role, place):
    """It was found for one role, then another was chosen."""
    someone = reader("match")
    sent = someone.post(NEW, role=role, q="город", organization_id=getattr(data, place), reason=WHY)
    assert (sent.status, "Найдите и выберите организацию" in sent.text) == (422, True)
    assert "Ждёт ответа" not in someone.get("/cabinet/settings/roles").text


@pytest.mark.req("GWY-03")
def test_form_stays_while_the_register_is_down(reader, stop):
    someone = reader("match")
    stop("registry")
    page = someone.post(NEW, role="head", q="больница", find="1", reason=WHY)
    assert page.status == 200
    assert "временно" in page.text
    assert WHY in page.text
    assert "в реестре нет" not in page.text


def test_portal_role_needs_no_organisation(reader):
    assert reader("match").post(NEW, role="support", reason=WHY).status == 303


@pytest.mark.parametrize(("who", "page"), [("org-admin", "/organisation/people"), ("admin", "/admin/users")])
def test_administrator_grants_refuses_and_takes(reader, data, who, page):
    chief = reader(who)
    request_id = data.uid("role-request-3")
    assert "Лугова Инна Аркадьевна" in chief.get(page).text
    wordless = chief.post(f"{page}/requests/{request_id}/refuse", reason="")
    assert (wordless.status, "Напишите причину" in wordless.text) == (422, True)
    granted = chief.post(f"{page}/requests/{request_id}/grant")
    assert granted.headers["Location"] == f"{page}?done=granted"
    shown = chief.get(f"{page}?done=granted").text
    assert "Роль назначена" in shown
    assert "Лугова Инна Аркадьевна" not in shown
    staff = data.uid("membership-org_staff")
    taken = chief.post(f"{page}/{staff}/revoke", reason="Больше не работает")
    assert taken.headers["Location"] == f"{page}?done=revoked"
    last = chief.post(f"{page}/{data.uid('membership-org_admin')}/revoke", reason="Больше не работает")
    assert (last.status, "последний администратор" in last.text) == (422, True)


@pytest.mark.req("T15")
@pytest.mark.parametrize(
    ("who", "page"),
    [
        ("match", "/organisation/people"),
        ("org-staff", "/organisation/people"),
        ("org-admin", "/admin/users"),
        ("admin", "/organisation/people"),
    ],
)
def test_pages_of_others_are_closed(reader, data, who, page):
    someone = reader(who)
    assert someone.get(page).status == 403
    assert someone.post(f"{page}/requests/{data.uid('role-request-3')}/grant").status == 403
    assert someone.get(f"{page}/{data.uid('membership-head')}/revoke").status == 403


@pytest.mark.req("ROL-01")
def test_work_place_is_chosen_in_the_header(reader, data):
    worker = reader("org-admin")
    assert 'href="/workplace">Рабочее место</a>' in worker.get("/organisation/people").text
    page = worker.get("/workplace").text
    assert "Работать здесь: Администратор организации, СМУ" in page
    assert "Работать здесь: Личный кабинет специалиста" in page
    chosen = worker.post("/workplace", role="org_admin", organization_id=data.NORTH)
    assert chosen.headers["Location"] == "/edu/applications"
    assert "Рабочее место: Администратор организации, СМУ" in worker.get("/organisation/people").text
    assert worker.post("/workplace", role="head", organization_id=data.NORTH).status == 409


@pytest.mark.req("ROL-01")
def test_one_work_place_needs_no_switch(reader):
    specialist = reader("match")
    assert 'href="/workplace"' not in specialist.get("/cabinet").text
    assert "У вас одно рабочее место" in specialist.get("/workplace").text
