"""Whether ЕСИА answers is known before a browser is sent there, and asked once for many (SSO-09)."""

import asyncio

import pytest

from nmo_identity.esia.pulse import BAD_FOR_S, GOOD_FOR_S, Pulse
from nmo_identity.providers.port import ProviderRefusal


class Provider:
    """Counts how often it was asked; `now` is the time in seconds."""

    def __init__(self) -> None:
        self.asked = 0
        self.down = False
        self.now = 100.0

    async def probe(self) -> None:
        self.asked += 1
        await asyncio.sleep(0)
        if self.down:
            raise ProviderRefusal("provider_unavailable", "provider_timeout")

    def pulse(self) -> Pulse:
        return Pulse(self.probe, clock=lambda: self.now)


@pytest.mark.req("SSO-09")
async def test_many_sign_ins_ask_once() -> None:
    provider = Provider()
    pulse = provider.pulse()
    await asyncio.gather(*(pulse.feel() for _ in range(50)))
    assert provider.asked == 1
    provider.now += GOOD_FOR_S
    await pulse.feel()
    assert provider.asked == 2


@pytest.mark.req("SSO-09")
async def test_outage_is_told_to_everybody_and_its_end_is_seen_soon() -> None:
    provider = Provider()
    pulse = provider.pulse()
    provider.down = True
    told = await asyncio.gather(*(pulse.feel() for _ in range(5)), return_exceptions=True)
    assert [str(one) for one in told] == ["provider_unavailable: provider_timeout"] * 5
    assert provider.asked == 1
    provider.down = False
    with pytest.raises(ProviderRefusal):
        await pulse.feel()
    provider.now += BAD_FOR_S
    await pulse.feel()
    assert provider.asked == 2
