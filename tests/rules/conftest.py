"""The rule scripts stand beside their tests, as the commands of `.pre-commit-config.yaml` call them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest


def _script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def house_rules() -> ModuleType:
    """The project's own rules."""
    return _script("house_rules")


@pytest.fixture(scope="session")
def secret_scan() -> ModuleType:
    """The scan for secrets."""
    return _script("secret_scan")
