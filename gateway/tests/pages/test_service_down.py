import pytest

PAGES = {
    "cycles": ("/cabinet", "/cabinet/cycles", "/cabinet/plan", "/cabinet/progress", "/cabinet/catalog"),
    "applications": ("/cabinet", "/cabinet/applications"),
    "catalog": ("/cabinet/catalog", "/cabinet/plan", "/catalog"),
    "registry": ("/cabinet/profile", "/cabinet/cycles/new", "/cabinet/catalog"),
    "notifications": ("/cabinet/notifications", "/cabinet"),
    "identity": ("/cabinet/profile", "/cabinet/journal"),
}
QUIET = {("catalog", "/cabinet/plan"), ("registry", "/cabinet/catalog"), ("notifications", "/cabinet")}
"""Pages that lose nothing the reader would miss."""


@pytest.mark.req("GWY-03")
@pytest.mark.parametrize(
    ("service", "path"), [(service, path) for service, paths in PAGES.items() for path in paths]
)
def test_a_stopped_service_closes_its_part_only(reader, stop, service, path):
    someone = reader("match")
    stop(service)
    page = someone.get(path)
    assert page.status == 200
    assert ("временно недоступ" in page.text) is ((service, path) not in QUIET)


@pytest.mark.req("GWY-03")
def test_form_keeps_what_was_typed_while_its_list_is_away(reader, stop):
    someone = reader("match")
    stop("registry")
    page = someone.post("/cabinet/cycles/new", kind="certificate", number="0577180011223")
    assert page.status == 200
    assert "Сведения из Федерального регистра временно недоступны." in page.text
    assert 'value="0577180011223"' in page.text
    assert "Ошибка" not in page.text


@pytest.mark.req("GWY-03")
def test_what_is_left_of_the_cabinet_stays_usable(reader, stop):
    someone = reader("match")
    stop("applications")
    page = someone.get("/cabinet").text
    assert "Осталось набрать" in page
    assert "Сведения о заявках временно недоступны." in page


@pytest.mark.req("GWY-03")
def test_a_page_about_one_thing_of_a_stopped_service_is_503(reader, stop, data):
    someone = reader("match")
    stop("applications")
    page = someone.get(f"/cabinet/applications/NMO-0121333-{data.TODAY.year}")
    assert page.status == 503
    assert "Сведения о заявках временно недоступны." in page.text
    assert "Остальное работает" in page.text


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (401, "Нужно войти снова"),
        (403, "Нет доступа"),
        (404, "Такой страницы нет"),
        (422, "Данные не подошли"),
        (429, "Слишком много запросов"),
        (500, "Не получилось"),
        (503, "Временно не работает"),
        (418, "Запрос не понят"),
        (502, "Временно не работает"),
        (504, "Временно не работает"),
    ],
)
def test_error_pages_say_what_to_do(reader, status, words):
    page = reader("match").get(f"/_error/{status}")
    assert page.status == status
    assert words in page.text


def test_reference_code_stands_on_server_errors(reader):
    assert "4f1d2c9be07a4c3f9f1de0b7a5c61e22" in reader().get("/_error/500").text
    assert "4f1d2c9be07a4c3f9f1de0b7a5c61e22" not in reader().get("/_error/404").text
