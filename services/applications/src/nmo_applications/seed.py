"""Nothing to seed: applications come from plans, programmes from the catalogue's events."""

from nmo_kit.app import Runtime


async def seed(runtime: Runtime, demo: bool) -> None:
    """Promise of every service's `seed` command; this one owns no reference rows."""
