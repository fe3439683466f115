"""«Версия для слабовидящих»: how the page looks for this reader, kept in one cookie and applied by the server.

The choice is letters' size, typeface, colours, spacing of letters and lines, and whether the page may change by itself
(WCAG 2.2.2). It works without scripts; a broken cookie is the usual look.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request
from starlette.responses import Response

COOKIE = "nmo_display"
YEAR_S = 365 * 24 * 3600

CHOICES: Mapping[str, Mapping[str, str]] = {
    "size": {"1": "Обычный", "2": "Крупный", "3": "Очень крупный"},
    "face": {"sans": "Без засечек", "serif": "С засечками"},
    "scheme": {
        "usual": "Обычные цвета портала",
        "light": "Чёрный текст на белом фоне",
        "dark": "Белый текст на чёрном фоне",
        "blue": "Тёмно-синий текст на голубом фоне",
    },
    "letters": {"1": "Обычное", "2": "Увеличенное", "3": "Большое"},
    "lines": {"1": "Обычный", "2": "Полуторный", "3": "Двойной"},
    "live": {"on": "Обновлять самостоятельно", "off": "Только когда я обновлю страницу"},
}


@dataclass(frozen=True, slots=True)
class Sight:
    """The reader's choice; each value is a key of CHOICES."""

    size: str = "1"
    face: str = "sans"
    scheme: str = "usual"
    letters: str = "1"
    lines: str = "1"
    live: str = "on"

    @property
    def changed(self) -> bool:
        """Whether the look differs from the usual one (the live switch is not a look)."""
        return replace(self, live="on") != Sight()

    def cookie(self) -> str:
        """The choice as a cookie value."""
        return ".".join(getattr(self, name) for name in CHOICES)


CONTRAST = Sight(size="2", scheme="light", letters="2", lines="2")
"""What one press of «Крупный шрифт и контраст» gives."""


def parse(value: str) -> Sight:
    """Read a cookie value; anything unknown in it is the usual look."""
    parts = value.split(".")
    return read(dict(zip(CHOICES, parts, strict=False)))


def read(form: Mapping[str, str]) -> Sight:
    """Take the known choices out of a form or cookie."""
    known = {name: form[name] for name, options in CHOICES.items() if form.get(name) in options}
    return Sight(**known)


def of_request(request: Request) -> Sight:
    """The look this reader chose."""
    return parse(request.cookies.get(COOKIE, ""))


def remember(response: Response, sight: Sight, *, secure: bool) -> None:
    """Keep the choice for a year in this browser."""
    response.set_cookie(
        COOKIE, sight.cookie(), max_age=YEAR_S, path="/", secure=secure, httponly=True, samesite="lax"
    )
