"""The collector of reference cycles around a load: seldom within it, as before after it."""

import gc

import pytest

from nmo_registry.sync.collecting import HELD_AT_ONCE, seldom_collected


@pytest.fixture
def as_before():
    yield
    gc.freeze()


@pytest.mark.usefixtures("as_before")
@pytest.mark.parametrize("serves", [True, False])
def test_process_that_passed_over_what_it_had_goes_on_doing_so(serves):
    gc.unfreeze()
    if serves:
        gc.freeze()
    threshold = gc.get_threshold()
    with seldom_collected():
        assert gc.get_threshold()[0] == HELD_AT_ONCE
        assert gc.get_freeze_count() > 0
    assert gc.get_threshold() == threshold
    assert (gc.get_freeze_count() > 0) == serves
