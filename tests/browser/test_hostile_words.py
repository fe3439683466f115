"""Markup in every text that services answer (names, titles, reasons, messages) is shown as words and never runs."""

import urllib.error
import urllib.request
from html.parser import HTMLParser

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.req("T13")]
SEEN = (
    "SCR-15 cabinet",
    "SCR-25 catalogue",
    "SCR-42 notices",
    "SCR-44 ticket",
    "SCR-49 request",
    "SCR-50 people",
)
SHOWN_ON = 60
"""Screens that must show planted words, or too little was planted."""


class Markup(HTMLParser):
    """Notes whatever in a page could run a script."""

    def __init__(self):
        super().__init__()
        self.faults = []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "script" and not str(values.get("src", "")).startswith("/static/"):
            self.faults.append(f"script of {values.get('src')}")
        if tag in {"iframe", "object", "embed", "base"} or (tag == "img" and values.get("src") == "x"):
            self.faults.append(tag)
        self.faults += [f"{tag} {name}" for name in values if name.startswith("on")]
        self.faults += [
            f"{tag} {name}={value[:40]}"
            for name, value in attrs
            if name in {"href", "src", "action", "formaction"}
            and "".join((value or "").split()).lower().startswith(("javascript:", "data:text", "vbscript:"))
        ]


class Stay(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_args, **_kwargs):
        """Take the answer as it is."""


OPENER = urllib.request.build_opener(Stay)


def answer_of(site, who, path):
    """Status and text of a page, whatever the status."""
    request = urllib.request.Request(site + path, headers={"Cookie": f"who={who}"} if who else {})  # noqa: S310 loopback
    try:
        answer = OPENER.open(request, timeout=20)
    except urllib.error.HTTPError as error:
        answer = error
    with answer:
        return answer.status, answer.read().decode()


def test_no_page_holds_markup_that_others_typed(site, hostile_world, screens):
    shown = 0
    for screen, (who, path, _) in screens.items():
        status, text = answer_of(site, who, path)
        assert status < 500 or "/_error/" in path, screen
        page = Markup()
        page.feed(text)
        assert page.faults == [], screen
        shown += "&lt;script&gt;stolen()" in text
    assert shown >= SHOWN_ON


def test_a_planted_script_is_noticed():
    """The reading above sees what it looks for."""
    for text in (
        "<script>stolen()</script>",
        "<img src=x>",
        "<p onclick=stolen()>",
        '<a href=" java\nscript:stolen()">',
        "<base href=//evil.example>",
    ):
        page = Markup()
        page.feed(text)
        assert page.faults, text
    page = Markup()
    page.feed('<script src="/static/app.js"></script><a href="/cabinet">&lt;script&gt;</a>')
    assert page.faults == []


def test_a_browser_runs_nothing_of_it(desk, hostile_world, screens):
    """The policy of scripts would be told as a fault too: what is planted does not even come to it."""
    for screen in SEEN:
        who, path, status = screens[screen]
        reader = desk(who)
        assert reader.open(path) == status, screen
        assert "<script>stolen()</script>" in reader.text(), screen
        assert (
            reader.page.evaluate("document.querySelectorAll('img[src=x], a[href^=javascript]').length") == 0
        )
