"""The registry as a service."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nmo_kit.app import Runtime, Service
from nmo_kit.crypto import FieldCipher
from nmo_registry import tables
from nmo_registry.book_upkeep.endpoints import router as upkeep_router
from nmo_registry.card.endpoints import router as card_router
from nmo_registry.comparison.endpoints import router as comparison_router
from nmo_registry.documents.endpoints import router as documents_router
from nmo_registry.employments.endpoints import router as employments_router
from nmo_registry.frmr.client import FrmrClient
from nmo_registry.journal.endpoints import router as journal_router
from nmo_registry.lookup.commands.match import Matcher
from nmo_registry.lookup.commands.read_person import PersonReader
from nmo_registry.lookup.endpoints import router as lookup_router
from nmo_registry.medical_organizations.endpoints import router as medical_organizations_router
from nmo_registry.nsi.client import NsiClient
from nmo_registry.own_documents.endpoints import UPLOADS
from nmo_registry.own_documents.endpoints import router as own_documents_router
from nmo_registry.own_documents.people import People
from nmo_registry.own_documents.support_endpoints import router as support_router
from nmo_registry.policy import POLICY
from nmo_registry.reference_books.commands.fetch import BookFetcher
from nmo_registry.reference_books.endpoints import router as books_router
from nmo_registry.seed import seed
from nmo_registry.settings import RegistrySettings
from nmo_registry.staff.endpoints import router as staff_router
from nmo_registry.sync.commands.follow import Follower
from nmo_registry.sync.commands.reconcile import Reconciler
from nmo_registry.sync.comparing import Comparing
from nmo_registry.sync.endpoints import exchange_router
from nmo_registry.sync.endpoints import router as sync_router
from nmo_registry.topology import QUEUES
from nmo_registry.worker import books, reconcile, sync, timers


@asynccontextmanager
async def resources(runtime: Runtime) -> AsyncIterator[None]:
    """Open the cipher, the connections to the register and to identity; all are closed with the process."""
    settings: RegistrySettings = runtime.settings
    cipher = FieldCipher.from_files(settings.field_key_file, settings.index_key_file)
    client = FrmrClient(
        settings.frmr_url,
        client_id=settings.frmr_client_id,
        organization=settings.frmr_organization,
        key_file=settings.frmr_key_file,
        timeout_s=settings.frmr_timeout_s,
    )
    nsi = NsiClient(
        settings.nsi_url or settings.frmr_url,
        key_file=settings.nsi_key_file,
        ca_file=settings.nsi_ca_file,
        timeout_s=settings.nsi_timeout_s,
    )
    runtime.extras["cipher"] = cipher
    runtime.extras["book_fetcher"] = BookFetcher(
        runtime.db, nsi, page_size=settings.books_page_size, interval_s=settings.books_interval_s
    )
    people = People(settings.identity_url, runtime.tokens)
    runtime.extras["people"] = people
    runtime.extras["follower"] = Follower(runtime.db, client, cipher, settings)
    reconciler = Reconciler(runtime.db, client, cipher, settings)
    runtime.extras["reconciler"] = reconciler
    runtime.extras["comparing"] = Comparing(runtime.db, reconciler, interval_s=settings.sync_interval_s)
    reader = PersonReader(runtime.db, client, cipher, settings)
    runtime.extras["matcher"] = Matcher(runtime.db, reader, cipher, settings)
    try:
        yield
    finally:
        await client.close()
        await nsi.close()
        await people.close()


def build() -> Service:
    """All that distinguishes the registry from another service."""
    return Service(
        name="registry",
        package="nmo_registry",
        settings_class=RegistrySettings,
        metadata=tables.METADATA,
        routers=(
            lookup_router,
            card_router,
            documents_router,
            own_documents_router,
            support_router,
            comparison_router,
            journal_router,
            books_router,
            upkeep_router,
            employments_router,
            staff_router,
            medical_organizations_router,
            sync_router,
            exchange_router,
        ),
        policy=POLICY,
        queues=QUEUES,
        timers=timers,
        resources=resources,
        seed=seed,
        uploads=UPLOADS,
        commands={"sync": sync, "reconcile": reconcile, "books": books},
    )
