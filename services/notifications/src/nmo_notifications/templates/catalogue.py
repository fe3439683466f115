"""Templates by kind and version: a message keeps the version it was written with."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
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
    return newest_of(_templates(), kind)


def newest_of(templates: Iterable[tuple[str, int]], kind: str) -> int:
    """The highest version of a kind among keys of templates. Raises KeyError when there is none."""
    versions = [version for known, version in templates if known == kind]
    if not versions:
        raise KeyError(kind)
    return max(versions)


def filled(source: str, params: Mapping[str, Any]) -> str:
    """A template's words with their values. Raises when one is asked for that is not given."""
    return _tied(_plain.from_string(source).render(params))


def render(kind: str, version: int, params: Mapping[str, Any]) -> Rendered:
    """The words of a message. Raises when a template asks for a parameter that is not given."""
    template = _templates()[kind, version]
    values = {"programme": None, "organization": None, "reason_code": None, **params}

    return Rendered(
        title=filled(template.title, values),
        body=filled(template.body, values),
        action=filled(template.action, values),
        link=filled(template.link, values),
    )


def render_mail(rendered: Rendered, *, name: str | None, public_url: str) -> Mail:
    """The letter in both forms; `name` is how the person is addressed."""
    return frame(
        title=rendered.title,
        paragraphs=[rendered.body],
        action=rendered.action,
        url=public_url + rendered.link,
        name=name,
    )


def frame(
    *, title: str, paragraphs: Sequence[str], action: str, url: str, name: str | None, code: str = ""
) -> Mail:
    """Words in the frame of a letter, as text and as HTML; `code` stands on a line of its own."""
    values = {
        "title": title,
        "paragraphs": paragraphs,
        "action": action,
        "url": url,
        "name": name,
        "code": code,
    }
    return Mail(
        subject=title,
        text=_frames.get_template("mail.txt.j2").render(values),
        html=_frames.get_template("mail.html.j2").render(values),
    )


def _tied(text: str) -> str:
    """Numbers do not part from their units at the end of a line."""
    for unit in ("ЗЕТ", "%"):
        text = text.replace(f" {unit}", f"{NBSP}{unit}")
    return text.replace("№ ", f"№{NBSP}")
