"""Consents in the browser before the real portal: one by one, taken back by itself; the receipt opened."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.test_whole_system import made, reader  # noqa: F401 a fixture by its name

LIST = "/cabinet/settings/consents"


def card(person, title):
    return person.page.get_by_role("region", name=title)


@pytest.mark.req("SSO-05", "P14", "AUD-03")
def test_one_purpose_by_itself_with_its_receipt(reader, portal):  # noqa: F811 the fixture
    doctor = reader()
    doctor.sign_in(made(portal).key)
    doctor.agree()
    doctor.open(LIST)
    partners = card(doctor, "Согласие на передачу данных системам-партнёрам")
    expect(partners).to_contain_text("Не дано")
    partners.get_by_role("link", name="Прочитать и ответить").click()
    doctor.agree()
    expect(partners).to_contain_text("Действует")
    expect(card(doctor, "Согласие на уведомления по SMS")).to_contain_text("Не дано")
    partners.get_by_role("link", name="Квитанция").click()
    expect(doctor.heading()).to_have_text("Квитанция о согласии")
    doctor.healthy()
    with doctor.page.expect_download() as download:
        doctor.page.get_by_role("link", name="Скачать с подписью портала").click()
    paper = json.loads(Path(download.value.path()).read_text(encoding="utf-8"))
    assert paper["receipt"]["purpose"]["title"] == "Согласие на передачу данных системам-партнёрам"
    assert paper["receipt"]["recipients"] == ["Системы-партнёры, подключённые к порталу"]
    assert paper["signed"].count(".") == 2
    doctor.open(f"{LIST}/partner_transfer/withdraw")
    doctor.press("Отозвать согласие")
    expect(partners).to_contain_text("Отозвано")
    expect(card(doctor, "Согласие на передачу данных").first).to_contain_text("Действует")
    doctor.open("/cabinet/settings/disclosures")
    expect(doctor.heading()).to_have_text("Кто получал сведения обо мне")
    doctor.healthy()
