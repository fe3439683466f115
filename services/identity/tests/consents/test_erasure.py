"""Destruction after a withdrawal: on the day, everywhere, with an act (P14, T24; 152-FZ article 21, order 179)."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from nmo_contracts.acknowledgements import PERSON_FORGOTTEN
from nmo_identity.base import Model
from nmo_identity.consents.consumers import on_person_forgotten
from nmo_identity.erasure.commands.begin import begin_due_erasures
from nmo_identity.erasure.commands.conclude import conclude_erasures
from nmo_identity.erasure.commands.erase_own import PROOF, STATEMENTS
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.papers import erasure_act, verify_document
from nmo_kit import clock
from nmo_testkit.messages import deliver, drain_outbox

PATH = "/api/v1/me/consents"
DAY = timedelta(days=1)


async def withdrawn(portal: Any) -> tuple[str, str]:
    """Somebody who agreed and took it back; session handle and person."""
    signed_in = await portal.sign_in()
    handle, person = signed_in["session"]["handle"], signed_in["person"]["person_id"]
    await portal.agree(handle)
    assert (await portal.client.delete(PATH, headers=await portal.headers(handle))).status_code == 204
    await drain_outbox(portal.db)
    return handle, person


async def sign(portal: Any) -> Any:
    mint = Mint(portal.runtime.extras["keyring"], portal.runtime.settings.public_url)

    async def signed(act: dict[str, Any]) -> str:
        return await mint.document("erasure-act+jws", act)

    return signed


@pytest.mark.req("P14", "T24", "P22")
async def test_data_go_on_the_day_and_the_act_follows_the_last_service(
    portal: Any, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    handle, person = await withdrawn(portal)
    now = clock.now()
    assert await begin_due_erasures(portal.db, now=now + 29 * DAY) == 0
    assert await begin_due_erasures(portal.db, now=now + 30 * DAY + DAY / 24) == 1
    async with portal.db.read() as session:
        left = (
            await session.execute(text("select to_jsonb(p) from person p where id = :id"), {"id": person})
        ).scalar_one()
        account = (await session.execute(text("select subject, state from account"))).one()
        compared = (await session.execute(text("select count(*) from match_result"))).scalar_one()
        proofs = (await session.execute(text("select count(*) from proof"))).scalar_one()
    assert {name for name, value in left.items() if value} == {
        "id",
        "version",
        "version_at",
        "created_at",
        "updated_at",
    }
    assert account.subject.startswith("erased:")
    assert (account.state, compared, proofs) == ("closed", 0, 0)
    assert (await portal.exchange(handle)).status_code == 400
    (event,) = [
        event for event in await drain_outbox(portal.db) if event.type_name == "identity.person.erased.v1"
    ]
    assert set(event.data) == {"person_id", "order_id", "erased_at"}
    signed = await sign(portal)
    for model in PERSON_FORGOTTEN:
        assert await conclude_erasures(portal.db, signed, now=now + 31 * DAY) == 0
        told = model(
            person_id=UUID(person),
            order_id=UUID(event.data["order_id"]),
            destroyed={"message": 3},
            kept={},
            forgotten_at=now + 31 * DAY,
        )
        await deliver(portal.db, on_person_forgotten, told)
    assert await conclude_erasures(portal.db, signed, now=now + 31 * DAY) == 1
    async with portal.db.read() as session:
        number = (await session.execute(text("select max(number) from erasure_order"))).scalar_one()
    await erasure_act(portal.runtime, [str(number)])
    printed = capsys.readouterr().out
    act = json.loads(printed)["act"]
    assert [item["system"] for item in act["systems"]] == [
        "applications", "cycles", "identity", "notifications", "registry"
    ]  # fmt: skip
    assert [row["action"] for row in act["journal"]][-2:] == ["erasure.begun", "erasure.concluded"]
    assert "Смирнова" not in printed
    file = tmp_path / "act.json"
    file.write_text(printed)
    await verify_document(portal.runtime, [str(file)])
    assert capsys.readouterr().out == f"Подпись портала верна: акт № {number}\n"


@pytest.mark.req("P14", "SSO-04")
async def test_who_agrees_again_keeps_everything(portal: Any) -> None:
    handle, _ = await withdrawn(portal)
    await portal.agree(handle)
    assert await begin_due_erasures(portal.db, now=clock.now() + 40 * DAY) == 0
    assert (await portal.me(handle))["entry"] == "full"


@pytest.mark.req("P14")
async def test_who_comes_again_after_the_destruction_is_a_new_person(portal: Any) -> None:
    _, person = await withdrawn(portal)
    await begin_due_erasures(portal.db, now=clock.now() + 31 * DAY)
    again = await portal.sign_in()
    assert again["person"]["person_id"] != person
    assert again["person"]["consent"] is False


@pytest.mark.req("P14", "T24")
def test_every_table_about_people_is_destroyed_or_kept_as_proof() -> None:
    about = {
        table.name
        for table in Model.metadata.tables.values()
        if {"person_id", "account_id"} & set(table.columns.keys())
    }
    assert about - PROOF == {name for name, _ in STATEMENTS} - {"person"}
