"""What every service owes: models and schema agree, queues take what cycles live on, seeding repeats."""

from nmo_cycles.app import build
from nmo_cycles.norms.queries import all_norms, packaged_norms
from nmo_cycles.reference.queries import specialty_names
from nmo_cycles.seed import load_norms
from nmo_kit import migrate


async def test_models_and_schema_agree(databases):
    url = await databases.of("nmo_cycles")
    try:
        assert await migrate.differences(url, build().metadata) == []
    finally:
        await databases.drop(url)


async def test_seeding_twice_leaves_the_norms_of_the_file(db):
    await load_norms(db)
    async with db.read() as session:
        norms = await all_norms(session)
    assert [norm.code for norm in norms] == [
        "portal-250",
        "legal-144-40n",
        "legal-144-1081n",
        "legal-144-709n",
    ]
    assert {row["code"]: row["total"] for row in packaged_norms()} == {n.code: n.total for n in norms}


def test_the_queues_take_documents_elements_and_applications():
    queues = {queue.name: queue.keys for queue in build().queues}
    assert queues["cycles.registry"] == {
        "registry.accreditation.recorded.v1",
        "registry.accreditation.removed.v1",
        "registry.education.recorded.v1",
        "registry.education.removed.v1",
        "registry.specialist.removed.v1",
        "registry.document.sent.v1",
        "registry.document.moved.v1",
        "registry.document.replaced.v1",
        "registry.dictionary.published.v1",
    }
    assert queues["cycles.identity"] == {"identity.questionnaire.filled.v1"}
    assert queues["cycles.catalog"] == {
        f"catalog.element.{verb}.v1" for verb in ("published", "changed", "archived")
    }
    assert len(queues["cycles.applications"]) == 10


def test_specialties_have_names():
    assert specialty_names()["VO-027"] == "Кардиология"
