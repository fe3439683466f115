"""The import contracts of the root `pyproject.toml`: each is seen to break, and the list of slices is complete.

The product's own contracts run on a tree of empty packages with the same names, in which one import is wrong.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("identity", "registry", "cycles", "catalog", "applications", "notifications")
CONTRACTS: dict[str, Any] = {
    contract["id"]: contract
    for contract in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}
SLICE = "nmo_catalog.seats"


def test_every_slice_is_listed() -> None:
    found = {
        f"nmo_{service}.{folder.name}"
        for service in SERVICES
        for folder in (ROOT / f"services/{service}/src/nmo_{service}").iterdir()
        if (folder / "__init__.py").exists()
    }
    assert set(CONTRACTS["slice-layers"]["containers"]) == found


def test_every_package_is_checked() -> None:
    section = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    folders = (*ROOT.glob("*/src/nmo_*"), *ROOT.glob("*/*/src/nmo_*"))
    assert set(section["root_packages"]) == {path.name for path in folders if path.is_dir()}


def test_the_empty_tree_keeps_every_contract(tmp_path: Path) -> None:
    status, output = _lint(_tree(tmp_path))
    assert status == 0, output
    assert f"{len(CONTRACTS)} kept, 0 broken" in output


@pytest.mark.parametrize(
    ("contract", "module", "imports"),
    [
        ("independent-services", "nmo_cycles.app", ["nmo_catalog"]),
        ("independent-services", "nmo_gateway.app", ["nmo_identity"]),
        ("independent-services", "nmo_identity.app", ["nmo_gateway"]),
        ("packages-downwards", "nmo_kit.db", ["nmo_identity"]),
        ("packages-downwards", "nmo_contracts.base", ["nmo_kit"]),
        ("testkit-stays-out", "nmo_applications.app", ["nmo_testkit"]),
        ("testkit-stays-out", "nmo_local.demo", ["nmo_testkit"]),
        ("stand-ins-stay-out", "nmo_identity.app", ["nmo_sandbox"]),
        ("stand-ins-stay-out", "nmo_kit.db", ["nmo_local"]),
        ("slice-layers", f"{SLICE}.schemas", [f"{SLICE}.endpoints"]),
        ("slice-layers", f"{SLICE}.endpoints", [f"{SLICE}.consumers"]),
        ("slice-layers", f"{SLICE}.consumers", [f"{SLICE}.endpoints"]),
        ("slice-layers", f"{SLICE}.commands", [f"{SLICE}.schemas"]),
        ("slice-layers", f"{SLICE}.queries", [f"{SLICE}.commands"]),
        ("slice-layers", f"{SLICE}.events", [f"{SLICE}.queries"]),
        ("slice-layers", f"{SLICE}.tables", [f"{SLICE}.events"]),
        ("slice-layers", f"{SLICE}.rules", [f"{SLICE}.tables"]),
        ("rules-are-pure", f"{SLICE}.rules", ["fastapi"]),
        ("rules-are-pure", f"{SLICE}.rules", ["sqlmodel"]),
        ("rules-are-pure", f"{SLICE}.rules", ["aio_pika"]),
        ("rules-are-pure", f"{SLICE}.rules", ["nmo_kit"]),
        ("no-circles", "nmo_catalog.seats.queries", ["nmo_catalog.elements.queries"]),
    ],
)
def test_a_wrong_import_breaks_its_contract(
    tmp_path: Path, contract: str, module: str, imports: list[str]
) -> None:
    tree = _tree(tmp_path)
    if contract == "no-circles":
        _add(tree, "nmo_catalog.elements.queries", [SLICE])
    _add(tree, module, imports)
    status, output = _lint(tree)
    assert status == 1, output
    assert f"{CONTRACTS[contract]['name']} BROKEN" in output


def test_an_indirect_import_breaks_it_too(tmp_path: Path) -> None:
    tree = _tree(tmp_path)
    _add(tree, f"{SLICE}.rules", [f"{SLICE}.arithmetic"])
    _add(tree, f"{SLICE}.arithmetic", ["nmo_kit"])
    status, output = _lint(tree)
    assert status == 1
    assert f"{CONTRACTS['rules-are-pure']['name']} BROKEN" in output


def _tree(folder: Path) -> Path:
    """Every package and slice that the contracts name, empty, beside a copy of the contracts."""
    text = (ROOT / "pyproject.toml").read_text()
    (folder / "pyproject.toml").write_text(text[text.index("[tool.importlinter]") :])
    for package in tomllib.loads(text)["tool"]["importlinter"]["root_packages"]:
        _add(folder, package, [])
    for container in CONTRACTS["slice-layers"]["containers"]:
        _add(folder, f"{container}.rules", [])
    for layer in ("endpoints", "consumers", "schemas", "commands", "queries", "events", "tables"):
        _add(folder, f"{SLICE}.{layer}", [])
    for framework in CONTRACTS["rules-are-pure"]["forbidden_modules"]:
        if not framework.startswith("nmo_"):
            # A package nobody imports is not in the graph; the kit may import them all.
            _add(folder, f"nmo_kit.uses_{framework}", [framework])
    return folder


def _add(folder: Path, module: str, imports: list[str]) -> None:
    parts = module.split(".")
    for depth in range(1, len(parts)):
        package = folder.joinpath(*parts[:depth])
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
    path = folder.joinpath(*parts)
    path = path / "__init__.py" if len(parts) == 1 or path.is_dir() else path.with_suffix(".py")
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"import {name}\n" for name in imports))


def _lint(folder: Path) -> tuple[int, str]:
    program = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(program), "--no-cache", "--no-logo"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr
