"""The applications service put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from nmo_applications.base import Model
from nmo_applications.documents.endpoints import router as documents_router
from nmo_applications.documents.store import ObjectStore
from nmo_applications.enrolment.endpoints import router as enrolment_router
from nmo_applications.journal.endpoints import router as journal_router
from nmo_applications.policy import POLICY
from nmo_applications.requests.endpoints import router as requests_router
from nmo_applications.requests.service_endpoints import router as service_router
from nmo_applications.requests.support_endpoints import router as support_router
from nmo_applications.seed import seed
from nmo_applications.settings import Settings
from nmo_applications.topology import QUEUES
from nmo_applications.upstreams import Upstreams
from nmo_applications.worker import timers
from nmo_applications.workplace.endpoints import MOST_BYTES, RESULTS_PATH, results_router
from nmo_applications.workplace.endpoints import router as workplace_router
from nmo_kit.app import Runtime, Service
from nmo_kit.crypto import FieldCipher


@asynccontextmanager
async def resources(runtime: Runtime) -> AsyncIterator[None]:
    """The other services, the key of sealed columns, the store of documents."""
    settings: Settings = runtime.settings
    upstreams = Upstreams(
        identity_url=settings.identity_url, registry_url=settings.registry_url, tokens=runtime.tokens
    )
    runtime.extras["upstreams"] = upstreams
    runtime.extras["cipher"] = FieldCipher.from_files(settings.field_key_file)
    runtime.extras["files"] = ObjectStore(settings.files_dir)
    try:
        yield
    finally:
        await upstreams.close()


def build() -> Service:
    """The service as its command line and its tests run it."""
    return Service(
        name="applications",
        package="nmo_applications",
        settings_class=Settings,
        metadata=Model.metadata,
        # `/verify/{code}` stands before `/{application_id}`.
        routers=[
            journal_router,
            documents_router,
            enrolment_router,
            workplace_router,
            results_router,
            requests_router,
            support_router,
            service_router,
        ],
        policy=POLICY,
        queues=QUEUES,
        timers=timers,
        resources=resources,
        seed=seed,
        uploads={RESULTS_PATH: MOST_BYTES},
    )
