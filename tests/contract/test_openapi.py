"""OpenAPI of each service: every answer of error is declared as a problem, every operation is told in plain words."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_dependant
from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from nmo_kit.auth import TECHNICAL_PATHS, routes_of
from tests.contract.conftest import SERVICES

PROBLEM = "application/problem+json"
ALWAYS = {"401", "403", "422", "429", "503"}
INTERNALS = re.compile(
    r"\bnmo_|\bSQL\b|\bPostgreSQL\b|\bRabbitMQ\b|\basyncpg\b|\bpydantic\b|\bfastapi\b|\boutbox\b|\btransaction\b"
    r"|\btable\b|\bfor update\b|\bRaises:|\bArgs:|\bReturns:|\b\w+\.py\b|\bblind index\b|\bciphertext\b|\bRuntime\b",
    re.IGNORECASE,
)
REFUSES_BY_NAME = {"PATCH /api/v1/cycles/{cycle_id}: body"}
"""Takes any field in, to say in its refusal which one cannot be changed; the cycles' own tests hold it to that."""
OAUTH = re.compile(r"^/oauth2/|^/\.well-known/")
"""OAuth prescribes its own shapes of answers and errors (RFC 6749)."""


def _operations(app: FastAPI) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in app.openapi()["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


@pytest.mark.req("PAR-04")
@pytest.mark.parametrize("service", SERVICES)
def test_every_route_is_documented(apps: dict[str, FastAPI], service: str) -> None:
    documented = {(method, path) for method, path, _ in _operations(apps[service])}
    assert documented == set(routes_of(apps[service]))
    assert not {path for _, path in documented} & TECHNICAL_PATHS


@pytest.mark.parametrize("service", SERVICES)
def test_a_word_stands_before_an_id_in_its_place(apps: dict[str, FastAPI], service: str) -> None:
    """Or `OPTIONS` of the word is told the methods of the id (RFC 9110, 10.2.1)."""
    paths = list(dict.fromkeys(path for _, path in routes_of(apps[service])))
    for path in paths:
        first = next(one for one in paths if compile_path(one)[0].match(path))
        assert first == path, f"{path} is taken for {first}"


@pytest.mark.req("T16")
@pytest.mark.parametrize("service", SERVICES)
def test_no_body_takes_a_field_it_does_not_name(apps: dict[str, FastAPI], service: str) -> None:
    """Every object anywhere inside a JSON body names its members and refuses others."""
    document = apps[service].openapi()
    open_ones = {
        f"{method} {path}: {where}"
        for method, path, operation in _operations(apps[service])
        for body in [operation.get("requestBody", {}).get("content", {}).get("application/json", {})]
        for where in _open_objects(body.get("schema", {}), document["components"]["schemas"], "body")
    }
    assert open_ones - REFUSES_BY_NAME == set()


def test_an_open_object_is_seen_wherever_it_stands() -> None:
    schemas = {
        "Inner": {"type": "object", "properties": {}},
        "Outer": {
            "type": "object",
            "additionalProperties": False,
            "properties": {"a": {"anyOf": [{"items": {"$ref": "#/components/schemas/Inner"}}]}},
        },
    }
    assert list(_open_objects({"$ref": "#/components/schemas/Outer"}, schemas, "body")) == ["body.a"]


def _open_objects(schema: dict[str, Any], schemas: dict[str, Any], where: str) -> Iterator[str]:
    if reference := schema.get("$ref"):
        schema = schemas[reference.rpartition("/")[2]]
    if schema.get("type") == "object" and schema.get("additionalProperties", True) is True:
        yield where
    for name, member in schema.get("properties", {}).items():
        yield from _open_objects(member, schemas, f"{where}.{name}")
    # Alternatives of our own models are references; what else stands in oneOf only narrows the object around it.
    ways = [way for way in schema.get("oneOf", ()) if "$ref" in way]
    for part in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *ways):
        yield from _open_objects(part, schemas, where)
    if "items" in schema:
        yield from _open_objects(schema["items"], schemas, where)


@pytest.mark.parametrize("service", SERVICES)
def test_errors_are_declared_as_problems(apps: dict[str, FastAPI], service: str) -> None:
    faults = []
    for method, path, operation in _operations(apps[service]):
        if OAUTH.match(path):
            continue
        answers = operation["responses"]
        faults += [f"{method} {path}: no {status}" for status in sorted(ALWAYS - set(answers))]
        faults += [
            f"{method} {path}: {status} is {sorted(answer.get('content', {}))}"
            for status, answer in answers.items()
            if status >= "400" and set(answer.get("content", {})) != {PROBLEM}
        ]
        faults += [f"{method} {path}: {status} is ours alone" for status in answers if status == "500"]
    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_what_is_in_the_path_may_be_missing(apps: dict[str, FastAPI], service: str) -> None:
    faults = [
        f"{method} {path}: no 404"
        for method, path, operation in _operations(apps[service])
        if "{" in path and "404" not in operation["responses"] and "/verify/" not in path
    ]
    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_each_operation_is_told_in_plain_words(apps: dict[str, FastAPI], service: str) -> None:
    faults = []
    for method, path, operation in _operations(apps[service]):
        words = f"{operation.get('summary', '')} {operation.get('description', '')}"
        if not operation.get("summary") or not operation.get("description"):
            faults.append(f"{method} {path}: no words")
        faults += [f"{method} {path}: {found!r}" for found in INTERNALS.findall(words)]
    assert faults == []


@pytest.mark.parametrize("service", SERVICES)
def test_operations_have_names_of_their_own(apps: dict[str, FastAPI], service: str) -> None:
    names = [operation["operationId"] for _, _, operation in _operations(apps[service])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("service", SERVICES)
def test_every_reference_resolves(apps: dict[str, FastAPI], service: str) -> None:
    document = apps[service].openapi()
    schemas = document["components"]["schemas"]
    wanted = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))
    assert wanted <= set(schemas)
    assert {"type", "title", "status", "detail", "code"} <= set(schemas["ProblemBody"]["required"])


@pytest.mark.parametrize("service", SERVICES)
def test_answers_have_models(apps: dict[str, FastAPI], service: str) -> None:
    faults = [
        f"{method} {path}: {status} says nothing of its body"
        for method, path, operation in _operations(apps[service])
        for status, answer in operation["responses"].items()
        if status in {"200", "201"} and not _has_schema(answer) and not OAUTH.match(path)
    ]
    assert faults == []


def _has_schema(answer: dict[str, Any]) -> bool:
    content = answer.get("content", {})
    return bool(content) and all(
        body.get("schema") or not media.startswith("application/json") for media, body in content.items()
    )


def _slow(dependant: Dependant) -> Iterator[str]:
    call = dependant.call
    plain = inspect.isfunction(call) and not (
        inspect.iscoroutinefunction(call) or inspect.isasyncgenfunction(call)
    )
    if plain:
        yield f"{call.__module__}.{call.__qualname__}"
    for needed in dependant.dependencies:
        yield from _slow(needed)


@pytest.mark.parametrize("service", SERVICES)
def test_nothing_of_a_request_goes_through_a_thread(apps: dict[str, FastAPI], service: str) -> None:
    """The framework runs plain functions in threads, which costs more than most of them do."""
    contexts = [
        context
        for context in iter_route_contexts(apps[service].routes)
        if context.path not in TECHNICAL_PATHS
    ]
    needs = [get_dependant(path=str(context.path), call=context.endpoint) for context in contexts]
    assert any(dependant.dependencies for dependant in needs)
    assert {name for dependant in needs for name in _slow(dependant)} == set()
