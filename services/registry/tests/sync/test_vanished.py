"""What the register no longer shows is told of: the fold of the events is the mirror, not less than it (FRM-03)."""

from __future__ import annotations

from typing import Any

import pytest

from nmo_kit.messaging.envelope import Envelope
from nmo_testkit import drain_outbox
from services.registry.tests.sync.mirror import assert_events_tell_the_mirror, mirror_records


@pytest.mark.req("FRM-01", "FRM-03")
async def test_documents_that_vanish_and_return_are_told_once_each(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    told: list[Envelope] = await drain_outbox(registry.db)
    card = upstream.state.card(key="many")
    before = (await mirror_records(registry))[card["oid"]]
    assert before.documents
    assert before.educations
    kept = {name: value for name, value in card.items() if isinstance(value, list)}

    upstream.patch("many", **{name: [] for name in kept})
    await registry.follower.follow()
    gone = await drain_outbox(registry.db)
    await assert_events_tell_the_mirror(registry, [*told, *gone])
    await registry.follower.follow()
    assert await drain_outbox(registry.db) == []

    removed = [
        (event.type_name, event.data["document_id"]) for event in gone if ".removed." in event.type_name
    ]
    assert sorted(removed) == sorted(
        [("registry.accreditation.removed.v1", str(item.id)) for item in before.documents]
        + [("registry.education.removed.v1", str(item.id)) for item in before.educations]
    )
    after = (await mirror_records(registry))[card["oid"]]
    assert (after.documents, after.educations) == ((), ())

    upstream.patch("many", **kept)
    await registry.follower.follow()
    back = await drain_outbox(registry.db)
    assert (await mirror_records(registry))[card["oid"]] == before
    await assert_events_tell_the_mirror(registry, [*told, *gone, *back])


@pytest.mark.req("FRM-03")
async def test_who_returns_with_less_is_told_anew_with_what_there_is(registry: Any, upstream: Any) -> None:
    await registry.follower.follow()
    told: list[Envelope] = await drain_outbox(registry.db)
    card = upstream.state.card(key="many")
    upstream.state.remove_card(card)
    await registry.follower.follow()
    told += await drain_outbox(registry.db)
    await assert_events_tell_the_mirror(registry, told)

    upstream.state.put_card({**card, "personAccreditation": []}, key="many")
    await registry.follower.follow()
    told += await drain_outbox(registry.db)
    await assert_events_tell_the_mirror(registry, told)
