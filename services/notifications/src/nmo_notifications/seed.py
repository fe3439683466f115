"""Nothing to seed: messages come from events, partners subscribe themselves."""

from nmo_kit.app import Runtime


async def seed(runtime: Runtime, demo: bool) -> None:
    """Promise of every service's `seed` command; this one owns no reference rows."""
