"""Settings: the hub, and «Входы и устройства» (P17, T11)."""

import pytest

from nmo_gateway.pages.settings.device import UNKNOWN, device, place


def test_hub_names_every_setting(reader):
    page = reader("match").get("/cabinet/settings")
    assert page.status == 200
    assert 'href="/cabinet/settings/sessions"' in page.text
    assert 'href="/display?from=/cabinet/settings"' in page.text


@pytest.mark.req("P17", "T11")
def test_sign_ins_are_shown_in_plain_words_and_one_is_ended(reader):
    someone = reader("match")
    page = someone.get("/cabinet/settings/sessions").text
    assert page.index("Firefox, Linux") < page.index("Chrome, Android")
    assert page.count("Вы здесь") == 1
    assert "сеть 203.0.113.*" in page
    assert "Mozilla" not in page
    action = page.partition('action="/cabinet/settings/sessions/')[2].partition('"')[0]
    answer = someone.post(f"/cabinet/settings/sessions/{action}")
    assert answer.headers["Location"] == "/cabinet/settings/sessions?done=one"
    page = someone.get(answer.headers["Location"]).text
    assert "Вход завершён" in page
    assert "Chrome, Android" not in page
    assert "Завершить все" not in page


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/150.0 YaBrowser/26 Safari/537.36", "Яндекс Браузер, Windows"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0.0.0 Safari/537.36 Edg/150.0", "Edge, Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/20.0 Safari/605.1.15", "Safari, macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 20_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/150 Mobile Safari/604.1", "Chrome, iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox, Linux"),
        ("python-aiohttp/3.13", "Программа, не браузер"),
        ("<script>alert(1)</script>", UNKNOWN),
        ("", UNKNOWN),
    ],
)  # fmt: skip
def test_device_in_words(agent, words):
    assert device(agent) == words


@pytest.mark.parametrize(
    ("network", "words"),
    [
        ("203.0.113.0/24", "сеть 203.0.113.*"),
        ("127.0.0.0/24", "этот компьютер"),
        ("10.20.30.0/24", "внутренняя сеть 10.20.30.0/24"),
        ("2a02:6b8:1:2::/64", "сеть 2a02:6b8:1:2::/64"),
        ("", "сеть неизвестна"),
        ("<b>", "сеть неизвестна"),
    ],
)
def test_network_in_words(network, words):
    assert place(network) == words
