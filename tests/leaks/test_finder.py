"""The finder finds a planted leak of each kind in each kind of place, in every writing; and refuses an empty search."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.leaks.allowed import ALLOWED
from tests.leaks.canaries import Canaries, Kind
from tests.leaks.finder import Allowance, EmptySearchError, Place, find_leaks
from tests.leaks.places import letter_text, log_places

OWNER = "kanareyka-1@pochta.example.org"
TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJwZXJzb24tMTIzIn0.c2lnbmF0dXJlLW9mLXRoZS10b2tlbg"
PLANTED = Canaries().add_person(
    snils="11223344595", last_name="Свиристелькин", first_name="Аристарх", patronymic="Евлампиевич",
    birth_date=date(1931, 3, 7), email=OWNER, phone="+79001234567",
)  # fmt: skip
for _kind, _value in {
    Kind.PASSWORD: "Очень-Тайное-Слово",
    Kind.MAILED: "Qm7vKp2XwR4t",
    Kind.SEED: "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
    Kind.CODE: "code-7f3a9c1e5b2d",
    Kind.STATE: "0b7d6a4e-6f1c-4a43-9f2d-0c6a2a6f7d01",
    Kind.COOKIE: "s3ss10nC00k1eValue_Zx",
    Kind.CSRF: "csrfQwErTyUiOpAsDf",
    Kind.TOKEN: TOKEN,
    Kind.CLIENT_SECRET: "1036e53b5b004ed86eecacf1f957e2cf",
}.items():
    PLANTED.add(_kind, _value)

WRITINGS: dict[Kind, tuple[str, ...]] = {
    Kind.SNILS: (
        "11223344595", "112-233-445 95", "112-233-445-95", "112 233 445 95", "112-233-445", "№11223344595.", "x112233445y",
        "•••-•••-445 ••", "***-***-**5 95", "112-2**-*** **", "•••-•••-••5 9•", "XXX-XXX-445 95", "***********95"[2:],
    ),
    Kind.LAST_NAME: ("Свиристелькин", "СВИРИСТЕЛЬКИНА", "Свиристелькину", "свиристелькиным", "Sviristelkin"),
    Kind.FIRST_NAME: ("Аристарх", "Аристарху", "Аристархом", "Aristarkh"),
    Kind.PATRONYMIC: ("Евлампиевич", "Евлампиевича", "Евлампиевичем"),
    Kind.BIRTH_DATE: (
        "1931-03-07", "07.03.1931", "7.3.1931", "07/03/1931", "19310307", "7 марта 1931", "datetime.date(1931, 3, 7)",
        "1931-03-07T00:00:00Z",
    ),
    Kind.EMAIL: (OWNER, OWNER.upper(), f"<{OWNER}>", f"mailto:{OWNER}?x"),
    Kind.PHONE: ("+79001234567", "8 (900) 123-45-67", "+7 900 123 45 67", "9001234567", "7-900-123-4567"),
    Kind.PASSWORD: ("Очень-Тайное-Слово", "password=Очень-Тайное-Слово;"),
    Kind.MAILED: ("Временный пароль: Qm7vKp2XwR4t", "/confirm/Qm7vKp2XwR4t"),
    Kind.SEED: ("otpauth://totp/x?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=y", "JBSWY3DPEHPK3PXP"),
    Kind.CODE: ("code-7f3a9c1e5b2d", "?code=code-7f3a9c1e5b2d&x=1", "code-7f3a9"),
    Kind.STATE: ("0b7d6a4e-6f1c-4a43-9f2d-0c6a2a6f7d01", "state=0b7d6a4e-6f1c-4a43"),
    Kind.COOKIE: ("sid=s3ss10nC00k1eValue_Zx; Path=/", "s3ss10nC00k1e", "xs3ss10nC00k1eValue_Zx"),
    Kind.CSRF: ('"csrfQwErTyUiOpAsDf"', "csrf_token=csrfQwErTyUiOpAsDf"),
    Kind.TOKEN: (TOKEN, f"Bearer {TOKEN[:60]}", "eyJzdWIiOiJwZXJzb24tMTIzIn0", TOKEN.rpartition(".")[2]),
    Kind.CLIENT_SECRET: ("1036e53b5b004ed86eecacf1f957e2cf", "amqp:" + "//p:1036e53b5b004ed86eecacf1f957e2cf@host"),
    Kind.PRIVATE_KEY: ("-----BEGIN PRIVATE KEY-----", "-----BEGIN EC PRIVATE KEY-----"),
}  # fmt: skip
SAFE = (
    "•••-•••-•45 ••", "11223354595 is another number", "СНИЛС •••-•••-••• ••", "1931-03-08", "+79001234568",
    "eyJ is no token", "Свирель", "2026-11-22T00:08:07.112233Z 445", "code-7f3a8c1e5b2d",
    "trace 0b7d6a4e6f1c5a439f2d0c6a2a6f7d02",
)  # fmt: skip
ENVELOPES: dict[str, Callable[[str], str | bytes]] = {
    "log": lambda text: json.dumps({"event": "request", "error": f"Key ({text}) exists"}, ensure_ascii=False),
    "metrics": lambda text: f'http_requests_total{{route="/x/{text}"}} 1.0\n',
    "span": lambda text: json.dumps({"attributes": [{"key": "url.query", "value": {"stringValue": text}}]}),
    "event": lambda text: json.dumps({"data": {"note": text}}).encode(),
    "queue": lambda text: json.dumps({"headers": {"x-why": text}}).encode(),
    "parking": lambda text: base64.b64encode(json.dumps({"data": text}, ensure_ascii=False).encode()),
    "database": lambda text: f"a\n{text}\nb".encode(),
    "mail": lambda text: letter_text(_letter(text)),
    "problem": lambda text: json.dumps({"detail": f"Плохое значение: {text}"}),
    "url": lambda text: f"http://127.0.0.1:8080/x?q={quote(text)}",
    "webhook": lambda text: gzip.compress(text.encode()),
    "partner": lambda text: json.dumps([{"data": {"inner": json.dumps({"who": text})}}]),
}
ENCODINGS: dict[str, Callable[[str], str | bytes]] = {
    "cp1251": lambda text: text.encode("cp1251"),
    "koi8-r": lambda text: text.encode("koi8-r"),
    "cp866": lambda text: text.encode("cp866"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16 inside": lambda text: b"x\0 " + text.encode("utf-16-be"),
    "percent": lambda text: quote(text, safe=""),
    "percent cp1251": lambda text: quote(text.encode("cp1251")),
    "percent twice": lambda text: quote(quote(text)),
    "json": json.dumps,
    "json twice": lambda text: json.dumps(json.dumps(text)),
    "html": lambda text: "".join(f"&#{ord(char)};" for char in text),
    "hex": lambda text: "\\x" + text.encode().hex(),
    "bytes": lambda text: repr(text.encode()),
    "base64": lambda text: base64.b64encode(f"имя: {text}; и ещё".encode()),
    "base64 url": lambda text: base64.urlsafe_b64encode(f"имя: {text}; и ещё".encode()).rstrip(b"="),
    "base64 lines": lambda text: base64.encodebytes(f"{'начало ' * 9}{text}{' конец' * 9}".encode()),
    "base64 utf-16": lambda text: base64.b64encode(f"имя: {text}".encode("utf-16-le")),
    "base64 in json": lambda text: json.dumps({"body": base64.b64encode(json.dumps(text).encode()).decode()}),
    "gzip": lambda text: gzip.compress(text.encode()),
}


def _letter(text: str) -> str:
    subject = base64.b64encode(f"О вас, {text}".encode()).decode()
    body = "\n".join(
        base64.b64encode(f"Здравствуйте!\n{text}\nДо свидания.".encode()).decode()[place : place + 60]
        for place in range(0, 400, 60)
    )
    return (
        f"Subject: =?utf-8?b?{subject}?=\nTo: somebody@example.org\nMIME-Version: 1.0\n"
        f"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64\n\n{body}\n"
    )


@pytest.mark.parametrize("place", ENVELOPES)
@pytest.mark.parametrize("kind", WRITINGS)
async def test_leak_of_each_kind_is_found_in_each_kind_of_place(kind: Kind, place: str) -> None:
    for writing in WRITINGS[kind]:
        leaks = await find_leaks([Place(place, "one", ENVELOPES[place](writing))], PLANTED, ALLOWED)
        assert kind in {leak.kind for leak in leaks}, writing


@pytest.mark.parametrize("encoding", ENCODINGS)
async def test_leak_is_found_in_every_encoding(encoding: str) -> None:
    for text in ("Свиристелькин и 112-233-445 95", "Аристарху Евлампиевичу 07.03.1931"):
        leaks = await find_leaks([Place("log", "one", ENCODINGS[encoding](text))], PLANTED)
        assert len({leak.kind for leak in leaks}) >= 2, leaks


@pytest.mark.parametrize("place", ENVELOPES)
async def test_what_is_no_leak_is_none(place: str) -> None:
    for text in SAFE:
        assert await find_leaks([Place(place, "one", ENVELOPES[place](text))], PLANTED) == [], text


def signed(kind: str, says: str) -> str:
    parts = (f'{{"alg":"ES256","typ":"{kind}","kid":"k"}}', json.dumps({"seq": 7, "note": says}))
    head, body = (base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in parts)
    return f"{head}.{body}.c2lnbmF0dXJlb2ZzaXh0eWZvdXJieXRlcw"


async def test_a_seal_is_no_token_but_hides_nothing() -> None:
    harmless = [Place("database", "one", signed("nmo-journal-checkpoint", "seq"))]
    assert await find_leaks(harmless, PLANTED) == []
    telling = [Place("database", "one", signed("nmo-journal-checkpoint", "112-233-445 95"))]
    assert {leak.kind for leak in await find_leaks(telling, PLANTED)} == {Kind.SNILS}
    for other in ("at+jwt", "JWT", "nmo-journal"):
        leaks = await find_leaks([Place("database", "one", signed(other, "seq"))], PLANTED)
        assert {leak.kind for leak in leaks} == {Kind.TOKEN}


async def test_every_kind_is_planted_and_tried() -> None:
    assert set(WRITINGS) == set(Kind)
    assert {canary.kind for canary in PLANTED.planted} == set(Kind) - {Kind.PRIVATE_KEY}


async def test_allowance_covers_its_place_and_its_kinds_only() -> None:
    allowed = [Allowance("database/identity.person.*", frozenset({Kind.LAST_NAME}), "kept there")]
    text = "Свиристелькин 11223344595"
    inside, outside = (Place("database", f"{name}.person.last_name", text) for name in ("identity", "cycles"))
    assert [leak.kind for leak in await find_leaks([inside], PLANTED, allowed)] == [Kind.SNILS]
    assert len(await find_leaks([outside], PLANTED, allowed)) == 2
    assert all(rule.why and rule.kinds for rule in ALLOWED)


async def test_letter_may_greet_its_reader_and_nobody_else() -> None:
    letter = "Здравствуйте, Аристарх Евлампиевич! kanareyka-1@pochta.example.org"
    assert await find_leaks([Place("mail", "1", letter, reader=OWNER)], PLANTED) == []
    other = await find_leaks([Place("mail", "1", letter, reader="other@example.org")], PLANTED)
    assert {leak.kind for leak in other} == {Kind.FIRST_NAME, Kind.PATRONYMIC, Kind.EMAIL}
    own = await find_leaks([Place("mail", "1", f"{letter} 11223344595", reader=OWNER)], PLANTED)
    assert [leak.kind for leak in own] == [Kind.SNILS]


async def test_leak_tells_where_it_is() -> None:
    (leak,) = await find_leaks([Place("log", "cycles.log", "код 112-233-445 95 принят")], PLANTED)
    assert str(leak) == "snils '11223344595' in log/cycles.log (as is): …код 112-233-445 95 принят…"


@pytest.mark.parametrize("content", ["", " \n", b""])
async def test_empty_place_proves_nothing(content: str | bytes) -> None:
    with pytest.raises(EmptySearchError, match="has no content"):
        await find_leaks([Place("log", "full", "x"), Place("log", "empty", content)], PLANTED)


async def test_search_for_nothing_or_nowhere_proves_nothing(tmp_path: Path) -> None:
    with pytest.raises(EmptySearchError, match="no place"):
        await find_leaks([], PLANTED)
    with pytest.raises(EmptySearchError, match="planted"):
        await find_leaks([Place("log", "one", "x")], Canaries())
    with pytest.raises(EmptySearchError, match="no log"):
        log_places(tmp_path)


async def test_canaries_are_kept_as_evidence() -> None:
    assert Canaries.from_json(json.dumps(PLANTED.to_json())) == PLANTED


async def test_search_is_quick_enough_for_long_logs() -> None:
    many = Canaries(set(PLANTED.planted))
    for number in range(400):
        many.add_person(
            snils=f"{200_000_000 + number:09d}00", last_name=f"Канарейкин{'абвгдежзик'[number % 10] * 3}"
        )
    line = json.dumps(
        {"event": "request", "route": "/api/v1/cycles", "trace_id": "0af7651916cd43dd8448eb211c80319c"}
    )
    assert await find_leaks([Place("log", "long", "\n".join([line] * 20_000))], many) == []
