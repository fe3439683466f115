"""SCR-43, SCR-44, SCR-49: turning to support with and without an account, the desk, changes decided by two."""

import re

import pytest
from desk import GUEST_KEY
from world import uid

from nmo_gateway.pages.forms import Form
from nmo_gateway.pages.tickets import view

NEW = "/cabinet/tickets/new"


@pytest.mark.req("MAT-06", "P25")
def test_request_about_a_mismatch_knows_field_code_and_time(reader):
    page = reader("conflict").get(f"{NEW}/mismatch").text
    assert 'value="Не совпало с регистром: отчество"' in page
    assert 'value="7f3a90c1"' in page
    assert re.search(r'name="happened_at"[^>]*value="\d\d\.\d\d\.\d{4} \d\d:\d\d"', page)


@pytest.mark.req("MAT-06", "SUP-01")
def test_second_request_about_the_same_opens_the_first(reader):
    someone = reader("conflict")
    sent = someone.post(f"{NEW}/mismatch", topic="Отчество", text="В паспорте Николаевич")
    assert sent.status == 303
    assert sent.headers["Location"] == f"/cabinet/tickets/{uid('request-41')}?done=already"
    assert "уже есть обращение" in someone.get(sent.headers["Location"]).text


@pytest.mark.req("MAT-05")
def test_absent_person_ends_with_a_numbered_request(reader):
    someone = reader("absent")
    assert f'href="{NEW}/verification"' in someone.get("/no-account").text
    sent = someone.post(f"{NEW}/verification", topic="Проверить", text="Работаю в больнице № 7 с марта")
    page = someone.get(sent.headers["Location"]).text
    assert re.search(r"ОБР-\d{7}-\d{4}", page)
    assert "Ответим до" in page
    again = someone.get("/no-account").text
    assert "Заявка на проверку №" in again
    assert f'href="{NEW}/verification"' not in again


@pytest.mark.req("SUP-01", "GWY-05")
def test_wrong_fields_keep_what_was_typed(reader):
    page = reader("match").post(
        f"{NEW}/other", topic="", text="Тут был длинный текст", happened_at="вчера", reference="#"
    )
    assert page.status == 422
    assert "Введите тему обращения" in page.text
    assert "Тут был длинный текст" in page.text
    assert "25.05.2026 09:30" in page.text
    assert "Код состоит из" in page.text
    assert reader("match").get(f"{NEW}/nothing").status == 404


@pytest.mark.req("REG-04", "MAT-02")
@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({}, "Заполните хотя бы одно новое значение"),
        ({"snils": "123-456-789 65"}, "контрольное число 65"),
        ({"birth_on": "31.02.1980"}, "Введите дату рождения"),
        ({"birth_on": "01.01.2999"}, "Введите дату рождения"),
        ({"email": "nobody"}, "Введите адрес почты"),
        ({"patronymic": "Ильич", "no_patronymic": "1"}, "снимите отметку"),
        ({"last_name": "Б" * 101}, "Не больше 100 знаков"),
    ],
)
def test_unfit_new_data_are_said_at_their_fields(reader, fields, said):
    page = reader("match").post(f"{NEW}/data_change", topic="Смена", text="Паспорт новый", **fields)
    assert page.status == 422
    assert said in page.text


@pytest.mark.req("MAT-02")
def test_new_data_are_read_as_people_write_them():
    form = Form(
        values={
            "snils": "123-456-789 64",
            "birth_on": "2 7 1979",
            "no_patronymic": "1",
            "last_name": "Белова",
        }
    )
    assert view.read_values(form) == {
        "last_name": "Белова",
        "birth_on": "1979-07-02",
        "snils": "12345678964",
        "patronymic": None,
    }
    assert form.errors == {}


@pytest.mark.req("SUP-01")
def test_owner_reads_the_answer_and_writes_on(reader):
    someone = reader("conflict")
    path = f"/cabinet/tickets/{uid('request-41')}"
    assert "Поддержка ждёт вашего ответа" in someone.get(path).text
    assert someone.post(f"{path}/messages", text="").status == 422
    assert someone.post(f"{path}/messages", text="Спасибо").headers["Location"] == f"{path}?done=sent"
    assert "Спасибо" in someone.get(path).text
    assert reader("weak").get(path).status == 404


@pytest.mark.req("SUP-02")
def test_guest_writes_without_an_account_three_times_an_hour(reader):
    guest = reader()
    assert "Напишите без входа" in guest.get("/help").text
    sent = guest.post("/help/request", topic="Вход", text="Ошибка", reference="7F3A")
    assert re.search(r"ОБР-\d{7}-\d{4}", sent.text)
    assert f"/help/request/{GUEST_KEY}" in sent.text
    page = guest.get(f"/help/request/{GUEST_KEY}").text
    assert "Ошибка" in page
    assert guest.post(f"/help/request/{GUEST_KEY}", text="Ещё").status == 303
    assert guest.get("/help/request/wrong-key-wrong-key-wrong-key").status == 404
    assert guest.get("/help/request/short").status == 404
    for _ in range(2):
        guest.post("/help/request", topic="Вход", text="Ошибка")
    refused = guest.post("/help/request", topic="Вход", text="Сохранённый текст")
    assert refused.status == 422
    assert "через час" in refused.text
    assert "Сохранённый текст" in refused.text


def test_whoever_signed_in_is_led_to_the_better_form(reader):
    assert reader("match").get("/help/request?code=7F3A").headers["Location"] == f"{NEW}?code=7F3A"


@pytest.mark.req("ROL-04")
def test_queue_hides_people_until_a_request_is_taken(reader):
    page = reader("support").get("/support/queue").text
    assert "скрыто до взятия" in page
    assert "Код не приходит" not in page
    mine = reader("support").get("/support/queue?part=mine").text
    assert "Ветров С. Н." in mine
    assert "просрочено" in mine


@pytest.mark.req("ROL-04")
def test_request_of_another_employee_is_refused_in_words(reader):
    page = reader("support2").get(f"/support/queue/{uid('request-44')}")
    assert page.status == 409
    assert "взял другой сотрудник" in page.text
    taken = reader("support2").post(f"/support/queue/{uid('request-44')}/take")
    assert taken.status == 409
    assert "К очереди" in taken.text


@pytest.mark.req("SUP-04", "AUD-03")
def test_employee_takes_and_answers(reader):
    employee = reader("support")
    path = f"/support/queue/{uid('request-43')}"
    assert employee.post(f"{path}/take").headers["Location"] == f"{path}?done=taken"
    page = employee.get(path).text
    assert "Этот просмотр записан в журнале заявителя" in page
    assert "112-233-445 95" in page
    assert employee.post(f"{path}/write", move="answer", text="").status == 422
    assert (
        employee.post(f"{path}/write", move="close", text="Сделано").headers["Location"]
        == f"{path}?done=closed"
    )


@pytest.mark.req("P12", "REG-04")
def test_change_is_proposed_by_one_and_decided_by_another(reader):
    first, second = reader("support"), reader("support2")
    path = f"/support/queue/{uid('request-44')}"
    form = first.get(f"{path}/change").text
    assert 'value="Белова"' in form
    assert 'value="112-233-445 95"' in form
    assert first.post(f"{path}/change", last_name="Белова", text="").status == 422
    sent = first.post(f"{path}/change", last_name="Белова", text="Паспорт")
    assert sent.headers["Location"] == f"{path}?done=proposed"
    own = first.get(path).text
    assert "Утвердить его должен другой сотрудник" in own
    assert "Утвердить изменение" not in own
    alone = first.post(f"{path}/decision", decision="approve")
    assert alone.status == 422
    assert "Изменение предложили вы" in alone.text
    assert second.post(f"{path}/decision", decision="reject", text="").status == 422
    assert second.post(f"{path}/decision", decision="approve").headers["Location"].endswith("done=approved")


@pytest.mark.req("FRM-08", "MAT-06")
def test_comparison_masks_the_register_until_the_record_is_proven(reader):
    masked = reader("conflict").get("/cabinet/comparison").text
    assert "И••••••••" in masked
    assert "Николаевич" in masked
    assert "Главный источник" in masked
    assert "частично скрыты" in masked
    open_page = reader("match").get("/cabinet/comparison").text
    assert "17.05.1984" in open_page
    assert "частично скрыты" not in open_page
    assert "Только в регистре" in open_page


@pytest.mark.req("GWY-03")
def test_pages_live_while_applications_are_down(reader, stop):
    someone = reader("match")
    stop("applications")
    page = someone.get("/cabinet/tickets")
    assert page.status == 200
    assert "Остальное работает" in page.text
    assert reader("absent").get("/no-account").status == 200
