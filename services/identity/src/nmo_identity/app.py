"""The service as a whole."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from nmo_identity import connectors
from nmo_identity.base import Model
from nmo_identity.changes.source import ChangeSource
from nmo_identity.confirming.endpoints import router as confirming
from nmo_identity.contacts.endpoints import router as contacts
from nmo_identity.disclosure.endpoints import router as disclosure
from nmo_identity.journal.endpoints import router as journal
from nmo_identity.letters.endpoints import router as letters
from nmo_identity.limits import tables as _limits  # noqa: F401 its tables are named by no query object
from nmo_identity.linking.endpoints import router as linking
from nmo_identity.local_accounts.endpoints import router as local_accounts
from nmo_identity.local_accounts.proof_of_work import ProofOfWork
from nmo_identity.local_accounts.regions import Regions
from nmo_identity.local_accounts.sign_in_endpoints import router as local_sign_in
from nmo_identity.login.endpoints import router as login
from nmo_identity.matching.register import HttpRegister
from nmo_identity.me.consents import router as consents
from nmo_identity.me.endpoints import router as me
from nmo_identity.oidc_provider.commands.rotate_keys import PUBLISH_AHEAD, rotate_keys
from nmo_identity.oidc_provider.endpoints import router as oidc_provider
from nmo_identity.oidc_provider.keyring import KeyRing
from nmo_identity.oidc_provider.minting import Mint
from nmo_identity.oidc_provider.rules import API_AUDIENCE
from nmo_identity.oidc_provider.service_keys import ServiceKeys
from nmo_identity.papers import erasure_act, verify_document
from nmo_identity.partners.endpoints import router as partners
from nmo_identity.passwords import hashing
from nmo_identity.passwords.hashing import Hashing, Pepper
from nmo_identity.policy import POLICY
from nmo_identity.portals.endpoints import router as portals
from nmo_identity.providers.config import read_providers
from nmo_identity.questionnaire.endpoints import router as questionnaire
from nmo_identity.recovery.endpoints import router as recovery
from nmo_identity.second_factor.endpoints import router as security
from nmo_identity.second_factor.endpoints import sign_in as second_step
from nmo_identity.seed import seed
from nmo_identity.sessions.endpoints import router as sessions
from nmo_identity.settings import IdentitySettings
from nmo_identity.staffing.endpoints import router as staffing
from nmo_identity.topology import QUEUES
from nmo_identity.upstream_logout.endpoints import router as upstream_logout
from nmo_identity.worker import timers
from nmo_kit import clock
from nmo_kit.app import Runtime, Service
from nmo_kit.crypto import FieldCipher
from nmo_kit.db import Database
from nmo_kit.settings import SettingsError
from nmo_kit.tokens import JwksCache, TokenVerifier

NAME = "identity"


@asynccontextmanager
async def resources(runtime: Runtime) -> AsyncIterator[None]:
    """Keys, connectors of providers and the client of the register, for the time of a process.

    Raises:
        SettingsError: a key, certificate or the list of providers is unfit.
    """
    settings: IdentitySettings = runtime.settings
    async with AsyncExitStack() as stack:
        try:
            cipher = FieldCipher.from_files(settings.field_key_file, settings.index_key_file)
            providers = connectors.build(read_providers(settings.providers_file))
            pepper = Pepper.from_file(settings.pepper_file)
        except (OSError, ValueError, RuntimeError) as error:
            raise SettingsError(f"keys or providers: {type(error).__name__}: {error}") from error
        for provider in providers.values():
            stack.push_async_callback(provider.close)
        hashes = Hashing(
            pepper,
            profile=settings.password_profile,
            max_age_days=settings.password_max_age_days,
            age_lifted=settings.password_age_lifted,
            threads=settings.hashing_threads,
            memory_kib=settings.argon2_memory_kib,
            time_cost=settings.argon2_time_cost,
        )
        hashing.configure(hashes)
        stack.callback(hashes.close)
        # Requests read keys while they hold a connection: from the same pool, many at once would wait for each other.
        keys_db = Database(settings.model_copy(update={"pool_size": 2}))
        stack.push_async_callback(keys_db.close)
        keyring = KeyRing(keys_db, cipher)
        mint = Mint(keyring, settings.public_url)

        async def own_token(audience: str) -> str:
            return await mint.for_service(NAME, audience, now=clock.now())

        register = HttpRegister(settings.registry_url, own_token)
        stack.push_async_callback(register.close)
        regions = Regions(settings.registry_url)
        stack.push_async_callback(regions.close)
        specialties = Regions(settings.registry_url, "specialties", possible=frozenset())
        stack.push_async_callback(specialties.close)
        change_source = ChangeSource(settings.applications_url, own_token)
        stack.push_async_callback(change_source.close)
        runtime.extras |= {
            "cipher": cipher,
            "providers": providers,
            "keyring": keyring,
            "register": register,
            "regions": regions,
            "specialties": specialties,
            "prover": ProofOfWork(cipher.blind_index("proof-of-work")),
            "change_source": change_source,
            "service_keys": ServiceKeys(settings.service_keys_dir),
            "outside_verifier": TokenVerifier(
                JwksCache(keyring.trust), issuer=settings.public_url, audience=API_AUDIENCE
            ),
        }
        yield


def notes(runtime: Runtime) -> list[str]:
    """What providers' certificates need an operator for."""
    return [note for provider in runtime.extras["providers"].values() for note in provider.notes(clock.now())]


async def rotate(runtime: Runtime, arguments: Sequence[str]) -> None:
    """`rotate-keys [--in SECONDS | --now]`: publish the next signing key; `--now` when the old one is suspected."""
    parser = ArgumentParser(prog="rotate-keys")
    parser.add_argument("--in", dest="ahead", type=float, default=PUBLISH_AHEAD.total_seconds())
    parser.add_argument("--now", action="store_true")
    wanted = parser.parse_args(arguments)
    async with runtime.db.write() as session:
        kid = await rotate_keys(
            session,
            runtime.extras["cipher"],
            now=clock.now(),
            ahead=timedelta(seconds=wanted.ahead),
            at_once=wanted.now,
        )
    sys.stdout.write(f"identity: next signing key {kid}\n")


def build() -> Service:
    """Everything that makes identity."""
    return Service(
        name=NAME,
        package="nmo_identity",
        settings_class=IdentitySettings,
        metadata=Model.metadata,
        routers=[
            login,
            linking,
            confirming,
            upstream_logout,
            local_accounts,
            local_sign_in,
            me,
            consents,
            sessions,
            journal,
            staffing,
            disclosure,
            letters,
            contacts,
            recovery,
            questionnaire,
            security,
            second_step,
            partners,
            portals,
            oidc_provider,
        ],
        policy=POLICY,
        queues=QUEUES,
        timers=timers,
        resources=resources,
        seed=seed,
        keys=lambda runtime: runtime.extras["keyring"].trust,
        notes=notes,
        commands={"verify-document": verify_document, "erasure-act": erasure_act, "rotate-keys": rotate},
    )
