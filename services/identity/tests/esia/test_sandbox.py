"""Our connector against the ЕСИА stand-in, which was written from the same reference by other hands (SSO-06)."""

import io
import re
import subprocess
import zipfile
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit
from uuid import uuid4

import httpx2
import pytest
import pytest_asyncio

from nmo_identity.esia.connector import EsiaConnector
from nmo_identity.providers.config import EsiaConfig, read_list
from nmo_identity.providers.port import DocumentProof, Flow, ProvenPerson, ProviderRefusal
from nmo_kit import clock
from nmo_local.infra import gost

pytestmark = pytest.mark.req("SSO-01", "SSO-06")
CALLBACK = "http://127.0.0.1:8080/auth/esia/callback"
SCOPES = "openid fullname birthdate gender snils email mobile id_doc"
TLS = httpx2.create_ssl_context()
"""Made once: each client would read all the machine's certificates by itself."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def sandbox(helpers: Any) -> AsyncIterator[str]:
    """The stand-in as a process of its own."""
    async with helpers.sandbox("esia") as url:
        yield url


WAYS = {
    "v1 with RSA": ("esia_v1", "rsa", "RS256"),
    "v1 with GOST": ("esia_v1", "gost", "GOST3410_2012_256"),
    "v2 with GOST": ("esia_v2", "gost", "GOST3410_2012_256"),
    "v2 with GOST, tokens by RSA": ("esia_v2", "gost", "RS256"),
}
"""Protocol, the system's own key, what ЕСИА signs tokens with."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=WAYS.values(), ids=WAYS)
async def connector(
    request: pytest.FixtureRequest, sandbox: str, tmp_path_factory: pytest.TempPathFactory, helpers: Any
) -> AsyncIterator[EsiaConnector]:
    """Registered as the operator would do it: certificate sent, token certificates taken from the archive."""
    kind, own, algorithm = request.param
    folder: Path = tmp_path_factory.mktemp("esia")
    certificate, key_file = gost_pair(folder) if own == "gost" else helpers.pair(folder, "system")[:2]
    trusted = folder / "trusted"
    trusted.mkdir()
    async with httpx2.AsyncClient(base_url=sandbox, verify=TLS) as client:
        body = {
            "certificate_pem": certificate.read_text(),
            "redirect_uris": [CALLBACK],
            "signature_algorithm": algorithm,
            "scopes": SCOPES.split(),
        }
        (await client.put("/sandbox/clients/NMO01", json=body)).raise_for_status()
        archive = zipfile.ZipFile(io.BytesIO((await client.get("/public/esia.zip")).content))
    archive.extractall(trusted)
    config = {
        "key": "esia", "kind": kind, "title": "Госуслуги", "base_url": sandbox, "issuer": sandbox + "/",
        "client_id": "NMO01", "scopes": SCOPES, "certificate_file": certificate, "key_file": key_file,
        "trusted_certificates": [trusted],
    }  # fmt: skip
    (wanted,) = read_list([config])
    assert isinstance(wanted, EsiaConfig)
    found = EsiaConnector(wanted)
    yield found
    await found.close()


def gost_pair(folder: Path) -> tuple[Path, Path]:
    """A key and certificate as an operator makes them, by openssl and its engine."""
    gost.provide()
    certificate, key_file = folder / "gost.crt", folder / "gost.key"
    engine = ["-engine", "gost"]
    for command in (
        ["genpkey", *engine, "-algorithm", "gost2012_256", "-pkeyopt", "paramset:A", "-out", str(key_file)],
        ["req", *engine, "-x509", "-new", "-md_gost12_256", "-key", str(key_file), "-subj", "/CN=NMO01",
         "-days", "30", "-out", str(certificate)],
    ):  # fmt: skip
        subprocess.run(["openssl", *command], check=True, capture_output=True, timeout=30)
    return certificate, key_file


def new_flow() -> Flow:
    return Flow(uuid4(), clock.now(), CALLBACK, "n", "v" * 50)


async def callback(connector: EsiaConnector, flow: Flow, login: str) -> dict[str, str]:
    """A person's browser at the stand-in's sign-in page; the query it is sent back with."""
    async with httpx2.AsyncClient(verify=TLS) as browser:
        page = await browser.get(await connector.authorize_url(flow, now=clock.now()), follow_redirects=True)
        action = re.search(r'<form[^>]*action="([^"]*)"', page.text)
        target = urljoin(str(page.url), unescape(action[1])) if action else str(page.url)
        hidden = dict(
            re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', page.text)
        )
        answer = await browser.post(target, data={**hidden, "login": login, "password": "sandbox"})
        while not answer.headers["location"].startswith(CALLBACK):
            answer = await browser.get(urljoin(str(answer.url), answer.headers["location"]))
    query = parse_qs(urlsplit(answer.headers["location"]).query)
    return {name: values[0] for name, values in query.items()}


async def test_confirmed_person(connector: EsiaConnector) -> None:
    flow = new_flow()
    found = await connector.finish(flow, await callback(connector, flow, "match"), now=clock.now())
    assert (found.last_name, found.first_name, found.patronymic) == ("Журавская", "Марина", "Викторовна")
    assert (found.snils, found.confirmed, found.subject) == ("97116165616", True, "1000400100")
    assert found.email is not None
    assert found.email.verified
    assert found.phone is not None
    assert found.phone.value.startswith("+7")
    assert found.documents == (DocumentProof("RF_PASSPORT", verified=True),)


@pytest.mark.req("SSO-02")
async def test_standard_account_is_not_confirmed(connector: EsiaConnector) -> None:
    flow = new_flow()
    found = await connector.finish(flow, await callback(connector, flow, "unconfirmed"), now=clock.now())
    assert not found.confirmed
    assert not found.proves_snils


async def test_person_without_patronymic(connector: EsiaConnector) -> None:
    flow = new_flow()
    found = await connector.finish(flow, await callback(connector, flow, "foreign"), now=clock.now())
    assert found.patronymic is None
    assert found.citizenship != "RUS"


@pytest.mark.req("SSO-08")
async def test_code_is_good_once(connector: EsiaConnector) -> None:
    flow = new_flow()
    query = await callback(connector, flow, "match")
    await connector.finish(flow, query, now=clock.now())
    with pytest.raises(ProviderRefusal) as caught:
        await connector.finish(flow, query, now=clock.now())
    assert caught.value.code == "login_replayed"


@pytest.mark.req("SSO-08")
async def test_code_of_another_flow_is_refused(connector: EsiaConnector) -> None:
    victim, attacker = new_flow(), new_flow()
    stolen = (await callback(connector, attacker, "match"))["code"]
    with pytest.raises(ProviderRefusal) as caught:
        await connector.finish(victim, {"code": stolen, "state": str(victim.state)}, now=clock.now())
    assert caught.value.reason == "code_of_another_flow"


FAULTS: list[tuple[str, str, set[str]]] = [
    ("html_error", "provider_unavailable", {"provider_http_500"}),
    ("down", "provider_unavailable", {"provider_http_503"}),
    ("truncated_json", "login_provider_error", {"answer_not_json"}),
    ("unavailable", "provider_unavailable", {"esia_007008"}),
    ("bad_signature", "login_token_invalid", {"access_signature"}),
    ("alg_none", "login_token_invalid", {"access_token_shape", "access_algorithm"}),
    ("alg_hs256", "login_token_invalid", {"access_algorithm"}),
    ("wrong_issuer", "login_token_invalid", {"access_issuer"}),
    ("wrong_audience", "login_token_invalid", {"access_audience"}),
    ("wrong_kind", "login_token_invalid", {"access_kind"}),
    ("old_tokens", "login_token_invalid", {"access_expired", "access_older_than_flow"}),
    ("future_tokens", "login_token_invalid", {"access_issued"}),
    ("swapped_halves", "login_token_invalid", {"access_signature"}),
    ("expired_code", "login_replayed", {"esia_007011"}),
    ("wrong_state", "login_token_invalid", {"answer_state"}),
    ("no_id_token", "login_token_invalid", {"id_token_shape"}),
    ("other_sub", "login_token_invalid", {"subjects_differ"}),
    ("rest_denied", "login_provider_error", {"esia_005029"}),
    ("clock_skew", "login_provider_error", {"esia_007015"}),
]


@pytest.mark.req("SSO-08")
@pytest.mark.parametrize(("fault", "code", "reasons"), FAULTS, ids=[name for name, _, _ in FAULTS])
async def test_fault_is_refused_for_its_own_reason(
    sandbox: str, connector: EsiaConnector, fault: str, code: str, reasons: set[str]
) -> None:
    flow = new_flow()
    query = await callback(connector, flow, "match")
    with pytest.raises(ProviderRefusal) as caught:
        await with_faults(sandbox, connector, flow, query, fault)
    assert caught.value.code == code
    assert caught.value.reason in reasons


async def test_number_for_lifetime_may_be_a_text(sandbox: str, connector: EsiaConnector) -> None:
    flow = new_flow()
    query = await callback(connector, flow, "match")
    assert (await with_faults(sandbox, connector, flow, query, "string_expires_in")).confirmed


@pytest.mark.req("SSO-02")
async def test_absent_trusted_mark_means_no(sandbox: str, connector: EsiaConnector) -> None:
    flow = new_flow()
    query = await callback(connector, flow, "match")
    assert not (await with_faults(sandbox, connector, flow, query, "missing_trusted")).confirmed


async def test_absent_number_is_no_fault(sandbox: str, connector: EsiaConnector) -> None:
    flow = new_flow()
    query = await callback(connector, flow, "match")
    proven = await with_faults(sandbox, connector, flow, query, "missing_snils")
    assert (proven.confirmed, proven.snils, proven.proves_snils) == (True, None, False)


async def with_faults(
    sandbox: str, connector: EsiaConnector, flow: Flow, query: dict[str, str], *faults: str
) -> ProvenPerson:
    """Finish the sign-in while the stand-in misbehaves; it is well again afterwards."""
    async with httpx2.AsyncClient(base_url=sandbox, verify=TLS) as client:
        switched = await client.put("/sandbox/faults", json=dict.fromkeys(faults, True))
        assert switched.status_code == 200, switched.text
        try:
            return await connector.finish(flow, query, now=clock.now())
        finally:
            await client.put("/sandbox/faults", json={})
