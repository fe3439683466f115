"""«Сессия истекла»: sign in again and find what was typed (GWY-05)."""

import re

import aiohttp
import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from nmo_gateway.kept_forms.store import TypedForm

LONG = 'Причина: длинный текст, который жалко потерять; кавычки " и <знаки> & ещё'


@pytest_asyncio.fixture(loop_scope="session")
async def expired(running):
    """A browser whose session ran out while a form was being filled."""
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    async with running.gateway.db.write() as db:
        await db.execute(text("update browser_session set last_seen_at = app_now() - interval '2 hours'"))
    running.gateway.cache.clear()
    form = {"csrf_token": token, "reason": LONG, "password": "secret-word", "empty": ""}
    answer = await browser.post("/cabinet/applications/7/edit?step=2", data=form)
    return browser, answer


@pytest.mark.req("GWY-05")
async def test_typed_form_is_found_again_after_the_sign_in(running, expired):
    browser, answer = expired
    assert answer.status == 303
    place = re.fullmatch(r"/login\?return_to=(%2Fresume%2F[\w-]{43})&expired=1", answer.headers["Location"])
    back = await browser.sign_in(place[1])
    assert back.headers["Location"].startswith("/resume/")
    page = await (await browser.get(back.headers["Location"])).text()
    assert 'action="/cabinet/applications/7/edit?step=2"' in page
    assert "Причина: длинный текст, который жалко потерять; кавычки &#34; и &lt;знаки&gt; &amp; ещё" in page
    assert 'name="empty"' in page
    assert "secret-word" not in page
    assert f'name="csrf_token" value="{await running.csrf(browser)}"' in page


@pytest.mark.req("GWY-05")
async def test_nobody_else_finds_it_and_the_database_cannot_read_it(running, expired):
    _, answer = expired
    running.identity.forget()
    other = running.browser()
    key = answer.headers["Location"].partition("%2Fresume%2F")[2].partition("&")[0]
    await other.sign_in()
    page = await other.get(f"/resume/{key}")
    assert page.status == 404
    assert "Причина" not in await page.text()
    connection = await asyncpg.connect(running.settings.database_url.get_secret_value())
    try:
        rows = await connection.fetch("select k::text as whole from kept_form k")
    finally:
        await connection.close()
    assert rows
    assert not [row for row in rows if "Причина".encode().hex() in row["whole"] or key in row["whole"]]


@pytest.mark.req("GWY-05", "T22")
async def test_form_is_kept_when_identity_had_ended_the_session(running):
    """The page learns it from its first call: the session in hand looked good until then."""
    browser = running.browser()
    await browser.sign_in()
    token = await running.csrf(browser)
    running.identity.handles.clear()
    running.gateway.exchange._tokens.clear()
    form = {"csrf_token": token, "text": LONG, "topic": "Вопрос", "password": "secret-word"}
    answer = await browser.post("/cabinet/tickets/new/other", data=form)
    place = re.fullmatch(r"/login\?return_to=(%2Fresume%2F[\w-]{43})&expired=1", answer.headers["Location"])
    back = await browser.sign_in(place[1])
    page = await (await browser.get(back.headers["Location"])).text()
    assert 'action="/cabinet/tickets/new/other"' in page
    assert "который жалко потерять" in page
    assert "secret-word" not in page


async def test_form_from_a_foreign_page_is_not_kept(running, expired):
    browser = running.browser()
    await browser.sign_in()
    async with running.gateway.db.write() as db:
        await db.execute(text("delete from kept_form"))
        await db.execute(text("update browser_session set last_seen_at = app_now() - interval '2 hours'"))
    running.gateway.cache.clear()
    foreign = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
    assert (await browser.post("/cabinet/plan", headers=foreign, data={"a": "b"})).status == 403
    async with running.gateway.db.read() as db:
        assert (await db.execute(text("select count(*) from kept_form"))).scalar_one() == 0


async def test_too_big_or_too_many_forms_are_not_kept(running):
    from uuid import uuid4

    keep, person = running.gateway.kept_forms.keep, uuid4()
    assert await keep(person, "/cabinet", TypedForm(b"a=" + b"x" * 65536)) is None
    assert await keep(person, "/cabinet", TypedForm(b"a=\xff")) is None
    kept = [await keep(person, "/cabinet", TypedForm(b"a=b")) is not None for _ in range(11)]
    assert kept == [True] * 10 + [False]


def with_file(token):
    """A form with a file, as browsers send it; the file and a secret must not be kept."""
    form = aiohttp.FormData(
        {"csrf_token": token, "institution": LONG, "hours": "72", "password": "secret-word", "empty": ""},
        quote_fields=False,
    )
    form.add_field("scan", b"%PDF-1.7 diploma", filename="диплом <1>.pdf", content_type="application/pdf")
    form.add_field("other", b"", filename="", content_type="application/octet-stream")
    return form


@pytest.mark.req("GWY-05")
@pytest.mark.parametrize("found_by", ["gateway", "page"])
async def test_form_with_a_file_is_kept_and_the_file_is_chosen_again(running, found_by):
    browser = running.browser()
    await browser.sign_in()
    form = with_file(await running.csrf(browser))
    if found_by == "gateway":
        async with running.gateway.db.write() as db:
            await db.execute(text("update browser_session set last_seen_at = app_now() - interval '2 hours'"))
        running.gateway.cache.clear()
    else:
        running.identity.handles.clear()
        running.gateway.exchange._tokens.clear()
    answer = await browser.post("/cabinet/documents/new/additional_education", data=form)
    place = re.fullmatch(r"/login\?return_to=(%2Fresume%2F[\w-]{43})&expired=1", answer.headers["Location"])
    back = await browser.sign_in(place[1])
    page = await (await browser.get(back.headers["Location"])).text()
    assert 'action="/cabinet/documents/new/additional_education" enctype="multipart/form-data"' in page
    assert "который жалко потерять" in page
    assert 'name="hours" value="72"' in page
    assert 'name="empty" value=""' in page
    assert "Файл мы не сохранили: выберите его ещё раз" in page
    assert "Файл «диплом &lt;1&gt;.pdf»" in page
    assert re.findall(r'name="(\w+)" type="file"', page) == ["scan"], "a field left empty is not asked for"
    assert "secret-word" not in page
    assert "PDF-1.7" not in page


async def test_malformed_form_with_a_file_leads_to_the_sign_in_without_it(running):
    browser = running.browser()
    await browser.sign_in()
    async with running.gateway.db.write() as db:
        await db.execute(text("update browser_session set last_seen_at = app_now() - interval '2 hours'"))
    running.gateway.cache.clear()
    headers = {"Content-Type": "multipart/form-data"}
    answer = await browser.post("/cabinet/documents/new/diploma", data=b"--b\r\nnonsense", headers=headers)
    assert answer.headers["Location"].startswith("/login?")
    assert "resume" not in answer.headers["Location"]


@pytest.mark.req("GWY-05")
@pytest.mark.parametrize(
    "path",
    [
        "/cabinet/cycles/new",
        "/cabinet/plan/items",
        "/cabinet/applications/7/edit",
        "/cabinet/applications/7/withdraw",
        "/cabinet/settings/portals/x/revoke",
        "/edu/applications/7/reject",
        "/admin/clients/new",
    ],
)
async def test_form_of_any_page_of_the_cabinet_is_kept(running, path):
    browser = running.browser()
    await browser.sign_in()
    form = {"csrf_token": await running.csrf(browser), "reason": LONG, "new_password": "secret-word"}
    async with running.gateway.db.write() as db:
        await db.execute(text("update browser_session set last_seen_at = app_now() - interval '2 hours'"))
    running.gateway.cache.clear()
    answer = await browser.post(path, data=form)
    place = re.fullmatch(r"/login\?return_to=(%2Fresume%2F[\w-]{43})&expired=1", answer.headers["Location"])
    back = await browser.sign_in(place[1])
    page = await (await browser.get(back.headers["Location"])).text()
    assert f'action="{path}"' in page
    assert "который жалко потерять" in page
    assert "secret-word" not in page
