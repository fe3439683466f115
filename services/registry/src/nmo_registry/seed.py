"""Loads what the registry cannot work without: the reference books it carries."""

from nmo_kit.app import Runtime
from nmo_registry.reference_books.commands.publish import BOOK_FILES, publish_book


async def seed(runtime: Runtime, demo: bool) -> None:
    """Publish the carried reference books; safe to repeat. People come from the register, demo or not."""
    del demo
    for source in BOOK_FILES:
        async with runtime.db.write() as session:
            await publish_book(session, source)
