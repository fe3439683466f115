"""Clients of ЕСИА that owe nothing to our connector complete sign-in at the stand-in (SSO-06)."""

import asyncio

import pytest

from nmo_local.infra import gost
from nmo_sandbox.people import people
from tests.foreign import esia, esia_v2_journey

MATCH = next(person for person in people() if person.key == "match")


@pytest.mark.req("SSO-06")
async def test_esia_connector_signs_a_person_in(unused_tcp_port):
    with esia.stand_in(unused_tcp_port) as address:
        read = await asyncio.to_thread(esia.sign_in, address, "match")
    assert read["person"]["lastName"] == MATCH.last_name
    assert read["person"]["snils"].replace("-", "").replace(" ", "") == MATCH.snils
    assert MATCH.email in {contact["value"] for contact in read["contacts"]["elements"]}


@pytest.mark.req("SSO-06")
@pytest.mark.parametrize("algorithm", esia_v2_journey.ALGORITHMS)
def test_a_plain_client_of_version_2_goes_the_whole_way(unused_tcp_port, algorithm):
    """Keys of both kinds; every step's answer is held against the protocol on the way."""
    gost.provide()
    told: list[str] = []
    with esia.stand_in(unused_tcp_port) as address:
        read = esia_v2_journey.go(address, f"{address}/", "match", algorithm, told.append)
    assert told[-1] == "logged out and returned"
    assert read["person"]["lastName"] == MATCH.last_name
    assert read["person"]["snils"].replace("-", "").replace(" ", "") == MATCH.snils
    assert MATCH.email in {contact["value"] for contact in read["contacts"]}
    assert {document["type"] for document in read["documents"]} == {"RF_PASSPORT"}
