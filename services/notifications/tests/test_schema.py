"""The schema: migrations from empty, and models that agree with it."""

from nmo_kit import migrate
from nmo_notifications.app import build


async def test_models_and_migrations_agree(databases):
    url = await databases.of("nmo_notifications")
    try:
        assert await migrate.differences(url, build().metadata) == []
    finally:
        await databases.drop(url)
