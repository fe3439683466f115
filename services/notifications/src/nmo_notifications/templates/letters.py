"""Templates of identity's letters by kind and version: one file each, mail and text message side by side.

A file `letters/<kind>.v<n>.toml` holds `subject` and `body` (paragraphs parted by an empty line) for mail, `text` for a
text message, and may hold `action` with `link`, a path within the portal. `{{ code }}` in a body is set apart in the
letter. What a template asks for and is not given is an error; changed words are the next version's file.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from nmo_notifications.templates.catalogue import Mail, filled, frame, newest_of


@dataclass(frozen=True, slots=True)
class LetterTemplate:
    """One version of one kind, as written in its file."""

    subject: str = ""
    body: str = ""
    text: str = ""
    action: str = ""
    link: str = ""


@cache
def _templates() -> dict[tuple[str, int], LetterTemplate]:
    found: dict[tuple[str, int], LetterTemplate] = {}
    for file in (resources.files("nmo_notifications.templates") / "letters").iterdir():
        kind, version, suffix = file.name.split(".")
        if suffix == "toml":
            values = tomllib.loads(file.read_text(encoding="utf-8"))
            found[kind, int(version.removeprefix("v"))] = LetterTemplate(**values)
    return found


def kinds() -> set[str]:
    """Every kind of letter."""
    return {kind for kind, _ in _templates()}


def newest_version(kind: str) -> int:
    """Version that new letters of this kind are written with. Raises KeyError for an unknown kind."""
    return newest_of(_templates(), kind)


def render_mail(
    kind: str, version: int, params: Mapping[str, str], *, name: str | None, public_url: str
) -> Mail:
    """The letter in both forms; its link stands under `public_url`, the sender's own setting (T10)."""
    template = _templates()[kind, version]
    subject = filled(template.subject, params)
    paragraphs = [filled(part, params).strip() for part in template.body.split("\n\n")]
    return frame(
        title=subject,
        paragraphs=[part for part in paragraphs if part],
        action=template.action,
        url=_url(template, params, public_url),
        name=name,
        code=params.get("code", ""),
    )


def render_text(kind: str, version: int, params: Mapping[str, str], *, public_url: str) -> str:
    """The words of a text message; `{{ url }}` is where its link leads."""
    template = _templates()[kind, version]
    return filled(template.text, {**params, "url": _url(template, params, public_url)})


def _url(template: LetterTemplate, params: Mapping[str, str], public_url: str) -> str:
    link = filled(template.link, params)
    if link and not link.startswith("/"):
        raise ValueError("a letter's link is a path within the portal")
    return public_url + link if link else ""
