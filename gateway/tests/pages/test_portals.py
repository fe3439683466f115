"""«Войти через портал НМО» as pages: consent, list, sign-out, registration (SSO-11)."""

import re
from urllib.parse import quote

import pytest
import world

pytestmark = pytest.mark.req("SSO-11")
WAITING = f"/portals/{world.uid('portal-request')}"


def test_consent_names_the_site_and_each_datum(reader):
    page = reader("match").get(WAITING).text
    for words in (
        "Войти на сайт «Стажировки клиники №7»",
        "klinika.example",
        "Орлова Анна Сергеевна",
        "orlova@klinika.example.org",
        "Ваш номер для этого сайта",
        "Записать вас на стажировку",
        "СНИЛС и пароль сайт не получит",
        'value="yes"',
        'value="no"',
    ):
        assert words in page


@pytest.mark.parametrize(
    ("answer", "target"), [("yes", "?code=c"), ("no", "?error=access_denied"), ("", "?error=access_denied")]
)
def test_answer_leads_back_to_the_site(reader, answer, target):
    back = reader("match").post(WAITING, answer=answer)
    assert (back.status, back.headers["Location"]) == (303, f"https://klinika.example/back{target}")


def test_old_sign_in_is_confirmed_first_and_a_request_that_is_over_says_so(reader):
    late = reader("match").get(f"/portals/{world.uid('portal-late')}")
    assert late.headers["Location"].startswith("/login/confirm?return_to=%2Foauth2%2Fauthorize%3Fresume%3D")
    over = reader("match").get(f"/portals/{world.uid('portal-over')}")
    assert "Вернитесь на сайт и войдите ещё раз" in over.text
    guest = reader().get(WAITING)
    assert guest.headers["Location"].startswith("/login?return_to=%2Fportals%2F")


@pytest.mark.req("SSO-07", "SSO-08")
def test_page_between_the_sign_in_and_the_site_goes_on_by_itself_and_nowhere_else(reader):
    page = reader("match").get(
        f"/portals/return?to={quote('/oauth2/authorize?client_id=a&state=s', safe='')}"
    )
    assert page.status == 200
    assert (
        '<meta http-equiv="refresh" content="0; url=/oauth2/authorize?client_id=a&amp;state=s">' in page.text
    )
    assert 'href="/oauth2/authorize?client_id=a&amp;state=s"' in page.text
    for other in (
        "https://evil.example/",
        "//evil.example/oauth2/authorize",
        "/cabinet",
        "/oauth2/logout",
        "",
    ):
        assert reader("match").get(f"/portals/return?to={quote(other, safe='')}").status == 404


@pytest.mark.req("SSO-03", "SSO-07")
def test_consent_given_on_the_way_to_a_site_leads_on_to_it(reader):
    wanted = "/oauth2/authorize?client_id=a"
    fields = {"answer": "yes", "agree": "1", "text_version": "2025-09", "return_to": wanted}
    answer = reader("unmatched").post("/consent", **fields)
    assert answer.headers["Location"] == f"/portals/return?to={quote(wanted, safe='')}"


def test_access_is_listed_and_closed(reader):
    someone = reader("match")
    page = someone.get("/cabinet/settings/portals").text
    assert "Стажировки клиники №7" in page
    assert "Электронная почта" in page
    answer = someone.post("/cabinet/settings/portals/klinika-7/revoke")
    page = someone.get(answer.headers["Location"]).text
    assert "Доступ закрыт" in page
    assert "Стажировки" not in page


@pytest.mark.req("SSO-10")
def test_sign_out_for_a_site_asks_first(reader):
    page = (
        reader("match")
        .get(
            "/oauth2/logout?client_id=klinika-7&post_logout_redirect_uri=https://klinika.example/out&state=s"
        )
        .text
    )
    assert "Вы вышли с сайта «Стажировки клиники №7»" in page
    assert 'action="/logout/portal"' in page
    assert 'name="post_logout_redirect_uri" value="https://klinika.example/out"' in page
    guest = reader().get(
        "/oauth2/logout?client_id=klinika-7&post_logout_redirect_uri=https://klinika.example/out"
    )
    assert guest.headers["Location"] == "https://klinika.example/out"
    assert reader().get("/oauth2/logout").headers["Location"] == "/login?out=1"


def signature_of(admin, client_id):
    """What the page of partners says this one's tokens are signed by; None where it says nothing."""
    _, _, page = admin.get("/admin/clients").text.partition(f'id="client-{client_id}"')
    found = re.search(r"Подпись id_token</dt>\s*<dd[^>]*>(\w+)</dd>", page.partition("</section>")[0])
    return found and found[1]


def test_administrator_registers_changes_and_disables(reader):
    admin = reader("admin")
    assert "Стажировки клиники №7" in admin.get("/admin/clients").text
    fields = {
        "title": "Школа",
        "client_id": "school",
        "scope_openid": "1",
        "redirect_uris": "https://school.example/back",
    }
    made = admin.post("/admin/clients/new", **fields)
    assert made.status == 200
    assert "secret-of-school" in made.text
    assert made.headers["Cache-Control"] == "no-store"
    assert "https://nmfo.example/.well-known/openid-configuration" in made.text
    taken = admin.post("/admin/clients/new", **{**fields, "client_id": "klinika-7"})
    assert taken.status == 422
    assert 'href="#client_id"' in taken.text
    assert 'value="Школа"' in taken.text
    assert signature_of(admin, "school") == "RS256", "what every stock client reads, unless told otherwise"
    by_curve = {**fields, "client_id": "curve", "id_token_signed_response_alg": "ES256"}
    assert admin.post("/admin/clients/new", **by_curve).status == 200
    assert signature_of(admin, "curve") == "ES256"
    system = {
        "title": "Обмен",
        "client_id": "system",
        "scope_partner": "1",
        "redirect_uris": "https://s.example",
    }
    assert admin.post("/admin/clients/new", **system).status == 200
    assert signature_of(admin, "system") is None, "nobody signs in there"
    strange = admin.post("/admin/clients/new", **{**by_curve, "id_token_signed_response_alg": "none"})
    assert strange.status == 422
    assert 'href="#id_token_signed_response_alg"' in strange.text
    empty = admin.post("/admin/clients/new", **{**by_curve, "redirect_uris": ""})
    assert re.search(r'value="ES256" selected', empty.text), "what was chosen stays chosen"
    assert 'href="#redirect_uris"' in empty.text
    assert "new-secret-of-klinika-7" in admin.post("/admin/clients/klinika-7/secret").text
    assert (
        admin.post("/admin/clients/klinika-7/disable").headers["Location"] == "/admin/clients?done=disabled"
    )
    page = admin.get("/admin/clients").text
    assert "Отключён" in page
    assert "Включить: " in page
