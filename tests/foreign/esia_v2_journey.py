"""The way of the version 2 client from registration to logout: each step told, each answer held against the protocol."""

from __future__ import annotations

import datetime as dt
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from tests.foreign import esia_v2
from tests.foreign.esia_v2 import System
from tests.foreign.esia_v2_keys import GOST, RSA, Pair, parts, verified

ALGORITHMS = (GOST, RSA)
SYSTEM = "FOREIGN02"
CALLBACK = "http://127.0.0.1:8080/auth/esia/callback"
SCOPE = "openid fullname birthdate gender snils email mobile id_doc"
PASSWORD = "sandbox"
_CODE_S, _ACCESS_S, _ID_S = 240, 3600, 10800
_SKEW_S = 60


@dataclass
class Journey:
    """One sign-in: who goes, by which system, and what was read on the way."""

    http: httpx2.Client
    system: System
    issuer: str
    person: str
    folder: Path
    say: Callable[[str], None]
    certificates: list[bytes] = field(default_factory=list)
    read: dict[str, Any] = field(default_factory=dict)

    def arrive(self, **told: str) -> str:
        """Ask for the person, go through ЕСИА's pages, check what comes back; the code."""
        state = esia_v2.new_state()
        query = esia_v2.authorization(self.system, state, **told)
        typed = {"login": self.person, "password": PASSWORD}
        came = esia_v2.through_pages(self.http, self.system, query, typed)
        assert came.back, f"no return to the system: status {came.status}, ESIA-{came.code}"
        assert came.back.get("state") == state, f"the state came back changed: {came.back}"
        assert "code" in came.back, f"an error instead of a code: {came.back}"
        return came.back["code"]

    def signed(self, token: str, subtype: str, lifetime_s: int) -> tuple[dict[str, Any], dict[str, Any]]:
        """Header and claims of a token that ЕСИА signed, of this kind and age, from this issuer."""
        header, claims = verified(token, self.certificates, self.folder)
        assert (header["typ"], header["sbt"]) == ("JWT", subtype), header
        assert "kid" not in header, "ЕСИА names no key"
        assert claims["iss"] == self.issuer, f"issuer {claims['iss']}, not {self.issuer}"
        now = time.time()
        assert claims["nbf"] <= claims["iat"] <= now + _SKEW_S < claims["exp"] + _SKEW_S, claims
        assert claims["exp"] - claims["iat"] == lifetime_s, (
            f"{subtype} lives {claims['exp'] - claims['iat']} s"
        )
        assert not {"jti", "nonce", "kid"} & claims.keys(), sorted(claims)
        return header, claims

    def answer(self, form: dict[str, str]) -> dict[str, Any]:
        """What the token address answers, checked: shape, state, both tokens, that they are one person's."""
        answer = self.http.post(esia_v2.TOKEN, data=form)
        assert answer.status_code == httpx2.codes.OK, f"no tokens: {answer.status_code} {answer.text[:300]}"
        told: dict[str, Any] = answer.json()
        assert told["state"] == form["state"], "the token answer repeats another state"
        assert (told["token_type"], int(told["expires_in"])) == ("Bearer", _ACCESS_S), told["token_type"]
        uuid.UUID(told["refresh_token"])
        header, access = self.signed(told["access_token"], "access", _ACCESS_S)
        assert header["ver"] == 1, header
        assert "aud" not in access, "an access token has no audience"
        oid = access["urn:esia:sbj_id"]
        assert type(oid) is int, f"the person's number is {type(oid).__name__}"
        scopes = {name if name == "openid" else f"{name}?oid={oid}" for name in SCOPE.split()}
        assert set(access["scope"].split()) == scopes, access["scope"]
        assert access["client_id"] == self.system.client_id, access["client_id"]
        self._check_id_token(told["id_token"], access)
        return told

    def _check_id_token(self, token: str, access: dict[str, Any]) -> None:
        header, claims = self.signed(token, "id", _ID_S)
        assert header["ver"] == 0, header
        assert claims["aud"] == self.system.client_id, claims["aud"]
        subject, oid = claims["urn:esia:sbj"], access["urn:esia:sbj_id"]
        assert (claims["sub"], subject["urn:esia:sbj:oid"]) == (oid, oid), "two tokens, two people"
        assert subject["urn:esia:sbj:typ"] == "P", subject
        assert subject["urn:esia:sbj:nam"] == f"OID.{oid}", subject
        assert claims["urn:esia:sid"] == access["urn:esia:sid"], "two tokens, two sessions"
        assert {"auth_time", "amr", "urn:esia:amd"} <= claims.keys(), sorted(claims)
        self.read["subject"] = subject

    def get(self, path: str, token: str) -> dict[str, Any]:
        """A resource of the REST interface."""
        answer = self.http.get(path, headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == httpx2.codes.OK, f"{path}: {answer.status_code} {answer.text[:300]}"
        told: dict[str, Any] = answer.json()
        assert re.fullmatch(r"[0-9A-F]{40}", told["eTag"]), f"{path}: eTag {told['eTag']}"
        return told

    def collection(self, path: str, token: str) -> list[dict[str, Any]]:
        """A collection, read both ways: addresses fetched one by one, and embedded; the two must agree."""
        listed, inline = self.get(path, token), self.get(f"{path}?embed=(elements)", token)
        assert listed["stateFacts"] == inline["stateFacts"] == ["hasSize"], listed["stateFacts"]
        assert listed["size"] == len(listed["elements"]) == len(inline["elements"]), "size"
        fetched = [self.get(address, token) for address in listed["elements"]]
        assert fetched == inline["elements"], f"{path}: embedded and fetched differ"
        return fetched


def go(address: str, issuer: str, person: str, algorithm: str, say: Callable[[str], None]) -> dict[str, Any]:
    """Sign the person in by version 2 with keys of that algorithm, read, refresh, be refused, log out; what was read.

    Registers a system of its own at the stand-in and removes it again.

    Raises:
        AssertionError: an answer is not as the protocol describes it; the message names it.
    """
    with (
        TemporaryDirectory(prefix="nmo-foreign-") as name,
        httpx2.Client(base_url=address, timeout=30) as http,
    ):
        pair = Pair.made(Path(name), algorithm, SYSTEM)
        system = System(address, SYSTEM, CALLBACK, SCOPE, pair)
        journey = Journey(http, system, issuer, person, Path(name), say)
        try:
            register(journey)
            code, tokens = sign_in(journey)
            read(journey, tokens["access_token"])
            refresh(journey, tokens["refresh_token"])
            be_refused(journey, code)
            log_out(journey)
        finally:
            http.delete(f"/sandbox/clients/{SYSTEM}")
        return journey.read


def register(journey: Journey) -> None:
    """What an operator does at ЕСИА's portal: the certificate uploaded, ЕСИА's own certificates fetched."""
    system = journey.system
    body = {
        "certificate_pem": system.pair.certificate.read_text(),
        "redirect_uris": [system.redirect_uri],
        "signature_algorithm": system.pair.algorithm,
        "scopes": system.scope,
    }
    journey.http.put(f"/sandbox/clients/{system.client_id}", json=body).raise_for_status()
    journey.certificates = esia_v2.certificates(journey.http)
    journey.say(f"system {system.client_id}: {system.pair.algorithm}, {system.pair.certificate_hash()[:16]}…")


def sign_in(journey: Journey) -> tuple[str, dict[str, Any]]:
    """From the authorisation request to checked tokens; the spent code and the token answer."""
    code = journey.arrive()
    _, claims = journey.signed(code, "authorization_code", _CODE_S)
    assert claims["client_id"] == journey.system.client_id, claims["client_id"]
    journey.say(f"signed in as {journey.person}; state as sent; a signed code of {len(code)} characters")
    tokens = journey.answer(esia_v2.exchange(journey.system, esia_v2.new_state(), code))
    journey.say("code exchanged; access and id token: signature, header, claims as described")
    return code, tokens


def read(journey: Journey, token: str) -> None:
    """The person, contacts and documents through REST, in their written forms."""
    oid = parts(token)[1]["urn:esia:sbj_id"]
    person = journey.get(f"/rs/prns/{oid}", token)
    assert re.fullmatch(r"\d\d\.\d\d\.\d{4}", person["birthDate"]), "form of the date of birth"
    # Not every account has a СНИЛС or a document.
    assert re.fullmatch(r"\d{3}-\d{3}-\d{3} \d\d|", person.get("snils", "")), "form of СНИЛС"
    assert person["stateFacts"] == ["EntityRoot"], person["stateFacts"]
    confirmed = journey.read["subject"].get("urn:esia:sbj:is_tru", False)
    assert person["trusted"] is confirmed, "REST and the id token disagree on the account's level"
    contacts = journey.collection(f"/rs/prns/{oid}/ctts", token)
    assert {item["type"] for item in contacts} <= {"MBT", "EML"}, "contacts beyond the scope"
    documents = journey.collection(f"/rs/prns/{oid}/docs", token)
    assert person.get("rIdDoc") in {item["id"] for item in documents} | {None}, (
        "the main document is not listed"
    )
    whole = journey.get(f"/rs/prns/{oid}?embed=(contacts.elements,documents.elements)", token)
    assert whole["contacts"]["elements"] == contacts, "contacts embedded in the person differ"
    assert whole["documents"]["elements"] == documents, "documents embedded in the person differ"
    journey.read |= {"person": person, "contacts": contacts, "documents": documents}
    journey.say("person, contacts, documents read by address, by list and embedded, all alike")


def refresh(journey: Journey, token: str) -> None:
    """New tokens for a refresh token, asked for in both ways that clients do; once only."""
    newest = token
    for form in (esia_v2.refreshing, esia_v2.refreshing_briefly):
        made = journey.answer(form(journey.system, esia_v2.new_state(), newest))
        assert made["refresh_token"] != newest, "the refresh token was not replaced"
        newest = made["refresh_token"]
    spent = esia_v2.refreshing(journey.system, esia_v2.new_state(), token)
    _refused(journey, "a spent refresh token", journey.http.post(esia_v2.TOKEN, data=spent), "007011")
    journey.say("tokens refreshed in both ways, each refresh token once only")


def be_refused(journey: Journey, code: str) -> None:
    """What ЕСИА must not let through."""
    system, state = journey.system, esia_v2.new_state()
    right = esia_v2.authorization(system, state)
    old = esia_v2.timestamp(-dt.timedelta(hours=2))
    text = "".join(right[name] for name in ("client_id", "scope", "timestamp", "state", "redirect_uri"))
    wrong = {
        "a scope beside the signed one": (right | {"scope": "openid"}, "007053"),
        "a CMS signature": (
            right | {"client_secret": esia_v2.encoded(system.pair.enveloped(text))},
            "007053",
        ),
        "no certificate hash": (
            {name: value for name, value in right.items() if name != "client_certificate_hash"},
            "007014",
        ),
        "an hour long past": (esia_v2.authorization(system, state, timestamp=old), "007015"),
        "a scope not granted": (esia_v2.authorization(system, state, scope="openid inn"), "007019"),
        "another's address": (
            esia_v2.authorization(system, state, redirect_uri="http://127.0.0.1:9/back"),
            "007023",
        ),
    }
    for words, (query, number) in wrong.items():
        came = esia_v2.through_pages(journey.http, system, query, {})
        assert came.code == number, f"{words}: ESIA-{came.code or '(none)'} instead of ESIA-{number}"
        assert number != "007023" or not came.back, "the browser was sent to an address not registered"
    form = esia_v2.exchange(system, state, code)
    _refused(journey, "a spent code", journey.http.post(esia_v2.TOKEN, data=form), "007011")
    journey.say(f"refused with their numbers: {', '.join(wrong)}, a spent code")


def log_out(journey: Journey) -> None:
    """Leave ЕСИА and come back to the system."""
    told = {"client_id": journey.system.client_id, "redirect_url": journey.system.redirect_uri}
    answer = journey.http.get(esia_v2.LOGOUT, params=told)
    assert answer.headers.get("Location") == journey.system.redirect_uri, f"logout: {answer.status_code}"
    journey.say("logged out and returned")


def _refused(journey: Journey, words: str, answer: httpx2.Response, number: str) -> None:
    description = answer.json().get("error_description", "")
    assert answer.status_code == httpx2.codes.BAD_REQUEST, f"{words}: status {answer.status_code}"
    assert description.startswith(f"ESIA-{number}"), f"{words}: {description} instead of ESIA-{number}"
