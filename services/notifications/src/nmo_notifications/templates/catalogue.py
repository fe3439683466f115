"""Templates by kind and version: a message keeps the version it was written with."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

NBSP = "\u00a0"


@dataclass(frozen=True, slots=True)
class Template:
    """One version of one kind, as written in its file."""

    title: str
    body: str
    action: str
    link: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Words of one message, ready to be shown; `link` is an address within the portal."""

    title: str
    body: str
    action: str
    link: str


@dataclass(frozen=True, slots=True)
class Mail:
    """One letter."""

    subject: str
    text: str
    html: str


# Bodies are plain text; autoescaping belongs to the frame that puts them into HTML.
_plain = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701 plain text
_frames = Environment(
    loader=PackageLoader("nmo_notifications", "templates"),
    undefined=StrictUndefined,
    autoescape=select_autoescape(enabled_extensions=("html.j2",)),
    keep_trailing_newline=True,
)


@cache
def _templates() -> dict[tuple[str, int], Template]:
    found: dict[tuple[str, int], Template] = {}
    for file in (resources.files("nmo_notifications.templates") / "texts").iterdir():
        kind, version, suffix = file.name.split(".")
        if suffix == "toml":
            values = tomllib.loads(file.read_text(encoding="utf-8"))
            found[kind, int(version.removeprefix("v"))] = Template(**values)
    return found


def kinds() -> set[str]:
    """Every kind of message."""
    return {kind for kind, _ in _templates()}


def newest_version(kind: str) -> int:
    """Version that new messages of this kind are written with. Raises KeyError for an unknown kind."""
    versions = [version for known, version in _templates() if known == kind]
    if not versions:
        raise KeyError(kind)
    return max(versions)


def render(kind: str, version: int, params: Mapping[str, Any]) -> Rendered:
    """The words of a message. Raises when a template asks for a parameter that is not given."""
    template = _templates()[kind, version]
    values = {"programme": None, "organization": None, "reason_code": None, **params}

    def filled(source: str) -> str:
        return _plain.from_string(source).render(values)

    return Rendered(
        title=_tied(filled(template.title)),
        body=_tied(filled(template.body)),
        action=template.action,
        link=filled(template.link),
    )


def render_mail(rendered: Rendered, *, name: str | None, public_url: str) -> Mail:
    """The letter in both forms; `name` is how the person is addressed."""
    values = {
        "title": rendered.title,
        "body": rendered.body,
        "action": rendered.action,
        "url": public_url + rendered.link,
        "name": name,
    }
    return Mail(
        subject=rendered.title,
        text=_frames.get_template("mail.txt.j2").render(values),
        html=_frames.get_template("mail.html.j2").render(values),
    )


def _tied(text: str) -> str:
    """Numbers do not part from their units at the end of a line."""
    for unit in ("ЗЕТ", "%"):
        text = text.replace(f" {unit}", f"{NBSP}{unit}")
    return text.replace("№ ", f"№{NBSP}")
