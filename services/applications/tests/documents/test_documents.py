"""Documents: text, fonts, one edition per form, authenticity."""

import hashlib
import io
import secrets

import pypdf
import pytest
from sqlalchemy import text

from nmo_applications.documents.render import render
from nmo_applications.documents.rules import (
    grouped,
    initials,
    new_code,
    number_text,
    parsed_code,
    spoken_date,
)
from nmo_applications.documents.store import ObjectStore
from nmo_applications.documents.sweep import sweep_files
from nmo_kit import failpoints

API = "/api/v1/applications"
FORM = {
    "employment": "employed",
    "position": "Врач-кардиолог",
    "workplace_name": 'Больница "№ 7" #eval("1+1") <b>',
    "workplace_address": "г. Москва, ул. Примерная, д. 7",
    "region_code": "77",
    "basis": "contract",
    "payer": "legal_entity",
}


async def filled(world, **values):
    application = await world.draft()
    path = f"{API}/{application['application_id']}"
    saved = await world.http.patch(path, json={**FORM, **values}, headers=world.person)
    assert saved.status_code == 200, saved.text
    return path, saved.json()


def text_of(body):
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(body)).pages)


@pytest.mark.req("FRM-07")
async def test_the_specialty_is_printed_as_it_was_shown(world):
    drafted = await world.draft(specialty_name="Кардиология (до разделения)")
    path = f"{API}/{drafted['application_id']}"
    assert drafted["specialty_name"] == "Кардиология (до разделения)"
    assert (await world.http.patch(path, json=FORM, headers=world.person)).status_code == 200
    answer = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    assert "Кардиология (до разделения)" in " ".join(text_of(answer.content).split())


@pytest.mark.req("APP-04")
async def test_pdf_holds_the_application_and_is_formed_once(world):
    path, application = await filled(world)
    answer = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    text = text_of(answer.content)
    joined = " ".join(text.split())
    for words in (
        "Заявка на цикл",
        application["number"],
        "Кузнецова Анна Сергеевна",
        "112-233-445 95",
        "Врач-кардиолог",
        'Больница "№ 7" #eval("1+1") <b>',
        "договорная",
        "юридическое лицо",
        "72 ЗЕТ",
        "Форма портала",
        "М. П.",
        "Северный медицинский университет",
    ):
        assert words in joined, words
    assert "\u00ad" not in text, "soft hyphens spoil search"
    again = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    assert again.content == answer.content
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'


@pytest.mark.req("APP-04")
async def test_fonts_are_embedded_and_the_file_is_tagged(world):
    path, _ = await filled(world)
    body = (await world.http.get(f"{path}/documents/application.pdf", headers=world.person)).content
    reader = pypdf.PdfReader(io.BytesIO(body))
    fonts = reader.pages[0]["/Resources"]["/Font"]
    for font in fonts.values():
        descriptor = font.get_object()["/DescendantFonts"][0].get_object()["/FontDescriptor"].get_object()
        assert "PTSerif" in descriptor["/FontName"]
        assert any(key.startswith("/FontFile") for key in descriptor)
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"].value is True


@pytest.mark.req("APP-04")
async def test_code_on_the_paper_proves_it(world):
    path, application = await filled(world)
    body = (await world.http.get(f"{path}/documents/application.pdf", headers=world.person)).content
    text = text_of(body)
    code = text.split("Код проверки:")[1].split()[0]
    answer = (await world.http.get(f"{API}/verify/{code.lower().replace('-', '')}")).json()
    assert (answer["valid"], answer["number"], answer["title"]) == (
        True,
        application["number"],
        "Заявка на цикл",
    )
    assert answer["sha256"] == hashlib.sha256(body).hexdigest()
    assert (answer["applicant"], answer["status"]) == ("А. С. К.", "draft")
    assert "Кузнецова" not in str(answer)
    await world.http.patch(path, json={"position": "Заведующая отделением"}, headers=world.person)
    fresh = (await world.http.get(f"{path}/documents/application.pdf", headers=world.person)).content
    assert "Заведующая отделением" in text_of(fresh)
    old = (await world.http.get(f"{API}/verify/{code}")).json()
    assert (old["valid"], old["reason"]) == (False, "Заявку изменили, действует более новый документ")


async def test_unknown_and_misspelt_codes_tell_nothing(world):
    for code in (new_code(secrets.randbelow), "abc", "U" * 20):
        answer = await world.http.get(f"{API}/verify/{code}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


@pytest.mark.req("APP-04")
async def test_certificate_only_for_its_basis(world):
    path, application = await filled(world)
    assert [document["kind"] for document in application["documents"]] == ["application"]
    refused = await world.http.get(f"{path}/documents/certificate.pdf", headers=world.person)
    assert refused.status_code == 404
    saved = await world.http.patch(path, json={"basis": "contract_foms"}, headers=world.person)
    assert [document["kind"] for document in saved.json()["documents"]] == ["application", "certificate"]
    answer = await world.http.get(f"{path}/documents/certificate.pdf", headers=world.person)
    assert "Образовательный сертификат" in text_of(answer.content)


@pytest.mark.req("APP-05")
async def test_referral_once_the_organisation_confirmed(world):
    application = await world.submitted()
    path = f"{API}/{application['application_id']}"
    early = await world.http.get(f"{path}/documents/referral.pdf", headers=world.person)
    assert early.status_code == 404
    await world.organization_does(application, "confirm")
    seen = (await world.http.get(path, headers=world.person)).json()
    assert [document["title"] for document in seen["documents"]] == ["Заявка на цикл", "Путёвка"]
    body = (await world.http.get(f"{path}/documents/referral.pdf", headers=world.person)).content
    text = " ".join(text_of(body).split())
    assert "Путёвка" in text
    assert "Кузнецова Анна Сергеевна" in text
    assert "02.11.2026" in text


async def test_no_document_before_the_form(world):
    application = await world.draft()
    answer = await world.http.get(
        f"{API}/{application['application_id']}/documents/application.pdf", headers=world.person
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "form_not_filled")


async def test_submitted_document_needs_no_identity(world):
    application = await world.submitted()
    world.upstreams.down = True
    answer = await world.http.get(
        f"{API}/{application['application_id']}/documents/application.pdf", headers=world.person
    )
    assert answer.status_code == 200


def test_codes():
    code = new_code(secrets.randbelow)
    assert parsed_code(grouped(code)) == code
    assert parsed_code(f" {grouped(code).lower()} ".replace("0", "o").replace("1", "l")) == code
    assert len({new_code(secrets.randbelow) for _ in range(1000)}) == 1000


@pytest.mark.parametrize(
    ("value", "text"), [("72.00", "72"), ("1.50", "1,5"), ("0.25", "0,25"), ("10", "10")]
)
def test_numbers_are_russian(value, text):
    assert number_text(value) == text


def test_words():
    assert initials("Ли", "Ким", None) == "К. Л."
    assert spoken_date(2026, 5, 24) == "24\u00a0мая\u00a02026\u00a0г."


def test_long_values_stay_on_the_page():
    rows = [("Наименование", "Очень длинное название программы " * 12)]
    data = {
        "title": "Заявка",
        "portal": "Портал",
        "number": "NMO-0000001-2026",
        "code": "AAAAA-AAAAA-AAAAA-AAAAA",
        "verify_address": "127.0.0.1:8080/verify",
        "issued_at": "21.11.2026 10:00 мск",
        "dated": "21 ноября 2026 г.",
        "organization": "Университет",
        "employed": False,
        "short_name": "Кузнецова А. С.",
        "person": rows,
        "programme": rows,
        "form": rows,
    }
    body = render("application", data, verify_url="http://127.0.0.1:8080/verify/AAAAA")
    assert 1 <= len(pypdf.PdfReader(io.BytesIO(body)).pages) <= 2


@pytest.mark.req("APP-04")
@pytest.mark.parametrize("point", ["applications.document.stored", "applications.store.before_rename"])
async def test_a_request_that_died_leaves_no_file_without_its_row(world, tmp_path, point):
    path, _ = await filled(world)
    failpoints.configure(f"{point}:raise@1")
    try:
        died = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
        assert died.status_code == 500
    finally:
        failpoints.configure("")
    answer = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    assert answer.status_code == 200
    (file,) = (found for found in (tmp_path / "files").rglob("*") if found.is_file())
    assert file.read_bytes() == answer.content
    async with world.db.read() as session:
        kept = (await session.execute(text("select object_key, sha256 from issued_document"))).one()
    assert str(file.relative_to(tmp_path / "files")) == kept.object_key
    assert hashlib.sha256(answer.content).hexdigest() == kept.sha256


@pytest.mark.req("APP-04")
async def test_bytes_that_are_not_the_documents_are_never_handed_out(world, tmp_path):
    path, _ = await filled(world)
    await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    (file,) = (found for found in (tmp_path / "files").rglob("*") if found.is_file())
    file.write_bytes(b"%PDF torn")
    answer = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    assert answer.headers["etag"] == f'"{hashlib.sha256(answer.content).hexdigest()}"'
    assert file.read_bytes() == answer.content
    assert answer.content != b"%PDF torn"


@pytest.mark.req("APP-04")
async def test_abandoned_bytes_are_swept_and_documents_stay(world, tmp_path):
    files = ObjectStore(tmp_path / "files")
    path, _ = await filled(world)
    answer = await world.http.get(f"{path}/documents/application.pdf", headers=world.person)
    await files.put("applications/nobody/application-1-1.pdf", b"%PDF abandoned")
    (tmp_path / "files" / "applications" / "nobody" / ".x.pdf.7.part").write_bytes(b"half")
    assert await sweep_files(world.db, files) == 0, "a request may still be about to commit"
    assert await sweep_files(world.db, files, older_than_s=0) == 2
    (file,) = (found for found in (tmp_path / "files").rglob("*") if found.is_file())
    assert file.read_bytes() == answer.content
