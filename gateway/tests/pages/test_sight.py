import pytest

from nmo_gateway.pages import sight


@pytest.mark.parametrize("value", ["", "nonsense", "9.sans.dark.1.1.on", "2.comic.<b>.1.1.maybe", "....."])
def test_broken_cookie_is_the_usual_look(value):
    parsed = sight.parse(value)
    for name, options in sight.CHOICES.items():
        assert getattr(parsed, name) in options


def test_choice_survives_the_cookie():
    chosen = sight.Sight(size="3", face="serif", scheme="blue", letters="2", lines="3", live="off")
    assert sight.parse(chosen.cookie()) == chosen
    assert chosen.changed


def test_switching_live_updates_off_is_not_another_look():
    assert not sight.Sight(live="off").changed


@pytest.mark.req("GWY-04")
def test_look_is_kept_and_applied_by_the_server(reader):
    someone = reader("match")
    kept = someone.post(
        "/display",
        size="3",
        face="serif",
        scheme="dark",
        letters="2",
        lines="2",
        live="off",
        **{"from": "/cabinet/plan"},
    )
    assert kept.status == 303
    assert kept.headers["Location"] == "/cabinet/plan"
    cookie = kept.headers["Set-Cookie"]
    assert "nmo_display=3.serif.dark.2.2.off" in cookie
    assert "Max-Age=31536000" in cookie
    someone.cookie += "; nmo_display=3.serif.dark.2.2.off"
    page = someone.get("/cabinet/plan").text
    assert 'data-size="3" data-face="serif" data-scheme="dark" data-letters="2" data-lines="2"' in page
    assert "hx-sse:connect" not in page


def test_one_press_gives_contrast_and_another_takes_it_back(reader):
    someone = reader()
    assert (
        f"nmo_display={sight.CONTRAST.cookie()}"
        in someone.post("/display", preset="contrast").headers["Set-Cookie"]
    )
    assert (
        f"nmo_display={sight.Sight().cookie()}"
        in someone.post("/display", preset="usual").headers["Set-Cookie"]
    )


def test_return_address_stays_on_the_site(reader):
    assert (
        reader().post("/display", preset="usual", **{"from": "//evil.example/x"}).headers["Location"] == "/"
    )
