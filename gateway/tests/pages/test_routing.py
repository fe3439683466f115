import pytest

from nmo_gateway.pages.routing import local_path


@pytest.mark.req("SSO-08")
@pytest.mark.parametrize(
    "value",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\/evil",
        "",
        None,
        "/a\r\nSet-Cookie: x",
        "cabinet",
    ],
)
def test_addresses_of_other_sites_are_refused(value):
    assert local_path(value, "/cabinet") == "/cabinet"


@pytest.mark.parametrize("value", ["/cabinet", "/cabinet/plan?cycle=1", "/organisations/1#top"])
def test_own_addresses_pass(value):
    assert local_path(value) == value


@pytest.mark.req("SSO-02")
@pytest.mark.parametrize(
    ("who", "place"),
    [
        (None, "/login?return_to=%2Fcabinet%2Fplan%3Fcycle%3D1"),
        ("unconfirmed", "/unconfirmed"),
        ("unmatched", "/consent?return_to=%2Fcabinet%2Fplan"),
        ("weak", "/match/confirm"),
        ("conflict", "/mismatch"),
        ("absent", "/no-account"),
        ("checking", "/checking"),
        ("org-staff", "/edu/applications"),
    ],
)
def test_each_state_is_sent_to_its_own_step(reader, who, place):
    answer = reader(who).get("/cabinet/plan?cycle=1")
    assert answer.status == 303
    assert answer.headers["Location"] == place


@pytest.mark.req("ROL-03")
def test_work_place_of_an_organisation_is_closed_to_specialists(reader):
    assert reader("match").get("/edu/applications").status == 403


def test_every_form_carries_the_token(reader):
    for who, path in (
        ("match", "/cabinet/catalog"),
        ("match", "/cabinet/profile"),
        ("unmatched", "/consent"),
        ("org-staff", "/edu/applications"),
    ):
        page = reader(who).get(path).text
        posts = page.count('method="post"')
        assert posts >= 1
        assert page.count('name="csrf_token" value="csrf-of-standin"') == posts
