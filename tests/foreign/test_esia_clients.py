"""An independent open-source client, unmodified and in an environment of its own, completes sign-in (SSO-06)."""

import asyncio

import pytest

from nmo_sandbox.people import people
from tests.foreign import esia


@pytest.mark.req("SSO-06")
async def test_esia_connector_signs_a_person_in(unused_tcp_port):
    with esia.stand_in(unused_tcp_port) as address:
        read = await asyncio.to_thread(esia.sign_in, address, "match")
    match = next(person for person in people() if person.key == "match")
    assert read["person"]["lastName"] == match.last_name
    assert read["person"]["snils"].replace("-", "").replace(" ", "") == match.snils
    assert match.email in {contact["value"] for contact in read["contacts"]["elements"]}
