"""«Обмен с реестрами»: progress, faults in words, cards set aside, another try (FRM-02)."""

import pytest

from nmo_gateway.pages.exchange.books import reason_of
from nmo_gateway.pages.exchange.view import comparison_of, feed_of, lasting, words_of

pytestmark = pytest.mark.req("FRM-02")
PAGE = "/admin/exchange"


def test_page_tells_progress_faults_and_what_is_set_aside(reader):
    page = reader("admin").get(PAGE).text
    for words in (
        "Регистр не отвечает",
        "Регистр ответил ошибкой 503. Портал повторит запрос сам.",
        "Запросить сейчас",
        "1 110 000",
        "(37 %)",
        "в секунду",
        "6 минут",
        "Строка выгрузки повреждена или в другой кодировке",
        "дата рождения",
        "2025.0000005",
        "1-я с начала",
        "2-я после записи 2025.0000007",
        "В строке выгрузки нет карточки",
        "Показаны первые 2 из 101",
        "85861a519372-49",
    ):
        assert words in page.replace("\u00a0", " "), words


def test_a_card_and_a_reason_are_tried_again(reader):
    admin = reader("admin")
    one = admin.post(f"{PAGE}/retry", register_oid="2025.0000005")
    assert (one.status, one.headers["Location"]) == (303, f"{PAGE}?done=retried")
    page = admin.get(one.headers["Location"]).text
    assert "прочитаны ещё раз в течение минуты" in page
    assert "2025.0000005" not in page
    chosen = admin.get(f"{PAGE}?reason=snils_taken").text
    assert "2025.0000015" in chosen
    assert "2025.0000010" not in chosen
    assert admin.post(f"{PAGE}/retry", reason="snils_taken").headers["Location"] == f"{PAGE}?done=retried"
    assert admin.post(f"{PAGE}/retry", reason="snils_taken").headers["Location"] == f"{PAGE}?done=none"
    admin.post(f"{PAGE}/retry")
    assert "Все карточки прочитаны" in admin.get(PAGE).text


def test_the_register_is_asked_at_once(reader):
    admin = reader("admin")
    assert admin.post(f"{PAGE}/again").headers["Location"] == f"{PAGE}?done=again"
    page = admin.get(f"{PAGE}?done=again").text
    assert "Регистр будет запрошен" in page
    assert "Запросить сейчас" not in page


def test_only_an_administrator_sees_it(reader):
    for path in (PAGE, f"{PAGE}/again", f"{PAGE}/retry"):
        answer = reader("match").get(path) if path == PAGE else reader("match").post(path)
        assert answer.status == 403


@pytest.mark.req("FRM-07")
def test_books_tell_their_versions_and_what_was_set_aside(reader):
    admin = reader("admin")
    page = admin.get(PAGE).text.replace("\u00a0", " ")
    for words in (
        "Номенклатура специальностей",
        "выпущена 01.09.2026",
        "закреплена",
        "Новая версия отложена",
        "Версия 6.6: в строке 02 нет поля NAME. Действует прежняя.",
        "Источник не отвечает",
        "Загружается",
        f'action="{PAGE}/books/regions/again"',
    ):
        assert words in page, words
    assert f'action="{PAGE}/books/specialties/again"' not in page
    asked = admin.post(f"{PAGE}/books/regions/again")
    assert asked.headers["Location"] == f"{PAGE}?done=book#books"
    page = admin.get(f"{PAGE}?done=book").text
    assert "Справочник будет запрошен в течение минуты" in page
    assert "Версия 6.6: " not in page
    assert admin.post(f"{PAGE}/books/nothing/again").status == 404
    assert reader("match").post(f"{PAGE}/books/regions/again").status == 403


BOOK = f"{PAGE}/books/specialties"


@pytest.mark.req("FRM-07")
def test_a_version_is_pinned_and_let_go_with_a_reason(reader):
    admin = reader("admin")
    page = admin.get(BOOK).text
    assert f'href="{BOOK}/act/unpin"' in page
    assert f'href="{BOOK}/act/pin?version=5.2"' in page
    assert f'href="{BOOK}/act/pin?version=5.1"' not in page, "it is pinned already"
    assert "Закрепить версию 5.2" in admin.get(f"{BOOK}/act/pin?version=5.2").text

    short = admin.post(f"{BOOK}/act/pin", version="5.2", reason="да")
    assert short.status == 422
    assert "Напишите причину, хотя бы 5 знаков" in short.text
    assert 'value="5.2"' in short.text, "nothing is typed twice"
    done = admin.post(f"{BOOK}/act/unpin", reason="Приказ вступил в силу")
    assert (done.status, done.headers["Location"]) == (303, f"{BOOK}?done=unpinned")
    page = admin.get(f"{BOOK}?done=unpinned").text
    assert "Справочник снова обновляется сам" in page
    assert f'href="{BOOK}/act/unpin"' not in page
    pinned = admin.post(f"{BOOK}/act/pin", version="5.2", reason="Приказ не вступил в силу")
    assert pinned.headers["Location"] == f"{BOOK}?done=pinned"


@pytest.mark.req("FRM-07")
def test_a_smaller_version_is_accepted_and_no_other_fault_can_be(reader):
    admin = reader("admin")
    smaller = f"{PAGE}/books/position_types"
    assert "Принять версию 2.2" in admin.get(smaller).text
    assert "/act/accept" not in admin.get(f"{PAGE}/books/regions").text
    form = admin.get(f"{smaller}/act/accept?version=2.2").text
    assert "действующих значений 70 вместо 90" in form
    done = admin.post(f"{smaller}/act/accept", version="2.2", reason="Приказ сократил список")
    assert done.headers["Location"] == f"{smaller}?done=accepted"
    page = admin.get(done.headers["Location"]).text
    assert "будет загружена в течение минуты" in page
    assert "Принять версию" not in page


@pytest.mark.req("FRM-07")
def test_what_a_retired_value_became_is_found_chosen_and_kept(reader):
    admin = reader("admin")
    found = admin.get(f"{BOOK}?q=кардио".replace("кардио", "%D0%BA%D0%B0%D1%80%D0%B4%D0%B8%D0%BE")).text
    assert f'href="{BOOK}/successors?key=VO-100"' in found
    assert "successors?key=VO-027" not in found, "a value in force needs none"
    page = f"{BOOK}/successors?key=VO-100"
    typed = {"q": "кардио", "reason": "Приказ 435н"}
    looked = admin.post(page, find="1", **typed)
    assert looked.status == 200
    assert "Детская кардиология" in looked.text
    assert "Приказ 435н" in looked.text
    for wrong, words in (
        ({}, "отметьте, что преемника нет"),
        ({"to-VO-027": "1", "ended": "1"}, "Выберите что-то одно"),
    ):
        answer = admin.post(page, **typed, **wrong)
        assert answer.status == 422
        assert words in answer.text
    kept = admin.post(page, find="1", q="детская", reason="Приказ 435н", **{"to-VO-027": "1"}).text
    assert 'id="to-VO-027"' in kept
    assert 'id="to-VO-028"' in kept
    told = admin.post(page, **typed, **{"to-VO-027": "1", "to-VO-028": "1"})
    assert told.headers["Location"] == f"{BOOK}?done=told"
    again = admin.get(page).text
    assert again.count("checked") == 2, "what was told stands in the form"
    assert admin.post(page, ended="1", reason="Приказ 435н").status == 303
    assert admin.get(page).text.count("checked") == 0


def test_a_full_comparison_is_ordered_with_a_reason(reader):
    admin = reader("admin")
    page = f"{PAGE}/comparison"
    assert f'href="{page}"' not in admin.get(PAGE).text, "one is under way"
    assert "Удалить всех, кого нет в регистре" in admin.get(page).text
    assert admin.post(page, reason="").status == 422
    done = admin.post(page, reason="Плановая сверка", allow_removals="1")
    assert (done.status, done.headers["Location"]) == (303, f"{PAGE}?done=ordered#comparison")
    after = admin.get(f"{PAGE}?done=ordered").text
    assert "Сверка назначена" in after
    twice = admin.post(page, reason="Плановая сверка")
    assert twice.status == 422
    assert "Полная сверка уже идёт или назначена" in twice.text
    assert "Плановая сверка" in twice.text


def test_weighty_pages_are_the_administrators_alone_and_know_their_books(reader):
    paths = [f"{PAGE}/comparison", BOOK, f"{BOOK}/act/unpin", f"{BOOK}/successors?key=VO-100"]
    for path in paths:
        assert reader("match").get(path).status == 403
        if path != BOOK:
            assert reader("match").post(path, reason="Хочу и всё").status == 403
    admin = reader("admin")
    for path in (
        "books/nothing",
        "books/specialties/act/burn",
        "books/specialties/act/pin",
        "books/specialties/successors",
    ):
        assert admin.get(f"{PAGE}/{path}").status == 404, path


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("page 3: half_page: 10 of 50 rows", "пришла неполная страница, строк 10 вместо 50"),
        ("page 1: duplicate: 1027", "код 1027 стоит дважды"),
        ("shrank: 2 values in force instead of 90", "действующих значений 2 вместо 90"),
        ("something_new", "something_new"),
        (None, "причина не записана"),
    ],
)
def test_why_a_version_was_set_aside(reason, words):
    assert reason_of(reason) == words


FEED = {
    "failures": 0, "last_error": None, "last_error_at": None, "next_attempt_at": None, "last_success_at": None,
    "age_s": None, "remaining": None, "applied_total": 0, "quarantined": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({}, "Первая загрузка"),
        ({"age_s": 3.0}, "Работает"),
        ({"age_s": 901.0}, "Отстаёт"),
        ({"age_s": 3.0, "failures": 1}, "Регистр не отвечает"),
    ],
)
def test_state_of_the_feed(changes, word):
    assert feed_of({**FEED, **changes})["status"].word == word


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("refused with 401 BAD_TOKEN", "Проверьте ключ и сертификат портала"),
        ("broken JSON", "повреждённый"),
        ("the change feed has another shape", "незнакомый"),
        ("ServerTimeoutError", "слишком долго"),
        ("ClientConnectorError", "Нет связи"),
    ],
)
def test_errors_say_what_happened(reason, words):
    assert words in feed_of({**FEED, "failures": 1, "last_error": reason})["error"]


def test_a_comparison_that_nobody_goes_on_with_says_so():
    row = {
        "phase": "reading", "taken": 5, "total": 0, "silent_s": 500.0, "stopped_because": None, "rate_per_s": None,
        "left_s": 10.0, "started_at": None, "finished_at": None, "appeared": 0, "changed": 0, "removed": 0,
        "unreadable": 0,
    }  # fmt: skip
    found = comparison_of(row)
    assert (found["status"].word, found["left"], found["silent"]) == ("Прервана", None, True)
    stopped = comparison_of({**row, "phase": "stopped", "stopped_because": "too_many_missing"})
    assert "отметьте «Удалить всех, кого нет в регистре»" in stopped["why"]
    assert comparison_of(None) is None


def test_words():
    assert words_of("unreadable: snils: control") == "Нет поля или в нём ошибка: СНИЛС"
    assert words_of("incomplete: educationCert.examDate, personCards.id") == (
        "Карточка записана не вся, прежние данные сохранены. Нет поля или в нём ошибка: "
        "сертификаты, дата экзамена и выдачи; места работы, номер документа или места работы в регистре"
    )
    assert [lasting(seconds) for seconds in (5, 61, 7200, 200_000)] == [
        "5\u00a0секунд", "1\u00a0минута", "2\u00a0часа", "2\u00a0дня",
    ]  # fmt: skip
