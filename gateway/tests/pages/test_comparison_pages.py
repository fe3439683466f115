"""«Сверка данных»: the three answers about a difference, and the letter to the employer (FRM-08)."""

import pytest
from world import uid

PAGE = "/cabinet/comparison"


@pytest.mark.req("FRM-08", "MAT-06")
def test_who_is_kept_out_says_what_is_right_and_prints_a_letter(reader):
    someone = reader("conflict")
    assert f'href="{PAGE}/answer?field=patronymic"' in someone.get(PAGE).text
    asked = someone.get(f"{PAGE}/answer?field=patronymic").text
    assert "Верно в регистре" in asked
    assert "Верно у меня" in asked
    assert "Пусть регистр исправит работодатель" in asked
    assert "И••••••••" in asked
    silent = someone.post(f"{PAGE}/answer", field="patronymic")
    assert (silent.status, "Выберите, что верно" in silent.text) == (422, True)

    sent = someone.post(f"{PAGE}/answer", field="patronymic", choice="ask_employer")
    assert sent.headers["Location"] == f"{PAGE}/letter"
    letter = someone.get(f"{PAGE}/letter").text
    assert "Прошу исправить сведения обо мне" in letter
    assert "другое значение" in letter
    assert "Николаевич" in letter
    page = someone.get(PAGE).text
    assert "Вы попросили работодателя исправить" in page
    assert "Изменить ответ" in page
    assert someone.post(f"{PAGE}/answer", field="snils", choice="accept").headers["Location"] == PAGE


@pytest.mark.req("FRM-08", "FRM-05")
def test_a_typed_document_stands_beside_the_register(reader):
    someone = reader("match")
    page = someone.get(PAGE).text
    assert "12.06.2026" in page
    assert "15.06.2026" in page
    assert someone.get(f"{PAGE}/letter").headers["Location"] == PAGE
    fields = {"subject": uid("paper-11"), "field": "exam_on"}
    sent = someone.post(f"{PAGE}/answer", choice="dispute", **fields)
    assert sent.headers["Location"] == f"{PAGE}?done=dispute"
    disputed = someone.get(sent.headers["Location"]).text
    assert "Вы оспорили данные регистра" in disputed
    assert "Обращение в поддержку откроется через несколько секунд" in disputed
    assert 'href="/cabinet/tickets"' in disputed
    sent = someone.post(f"{PAGE}/answer", choice="accept", **fields)
    assert sent.headers["Location"] == f"{PAGE}?done=settled"
    settled = someone.get(sent.headers["Location"]).text
    assert "Обращение в поддержку ещё открыто" in settled
    assert 'href="/cabinet/tickets"' in settled
    someone.post(f"{PAGE}/answer", choice="ask_employer", **fields)
    letter = someone.get(f"{PAGE}/letter").text
    assert "Городская больница № 7" in letter
    assert "Дата сдачи экзамена, «Кардиология»" in letter
