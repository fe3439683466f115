"""Each member installs and starts alone: an import that its own pyproject does not declare fails here."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SERVICES = ("identity", "registry", "cycles", "catalog", "applications", "notifications", "gateway")
STARTS = {
    **{name: f"import nmo_{name}.__main__, nmo_{name}.app" for name in SERVICES},
    "sandbox": (
        "import importlib\n"
        "for name in ('esia', 'frmr', 'mailbox', 'sms', 'oidc'):\n"
        "    importlib.import_module(f'nmo_sandbox.{name}.app').create_app()"
    ),
}


def uv() -> str:
    own = ROOT / ".local" / "bootstrap" / "bin" / "uv"
    found = str(own) if own.exists() else shutil.which("uv")
    assert found, "uv is not there; run make setup"
    return found


@pytest.fixture(scope="module")
def venv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One environment, brought to exactly what each member declares in turn: what they share is compiled once."""
    return tmp_path_factory.mktemp("alone") / "venv"


@pytest.mark.req("OPS-01")
@pytest.mark.parametrize("name", STARTS)
def test_member_installs_and_starts_alone(name: str, venv: Path, tmp_path: Path) -> None:
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("NMO_", "VIRTUAL_ENV"))},
        "UV_PROJECT_ENVIRONMENT": str(venv),
    }
    sync = [uv(), "sync", "--quiet", "--locked", "--no-dev", "--package", f"nmo-{name}"]
    subprocess.run(sync, cwd=ROOT, env=environment, check=True, timeout=180)
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-c", STARTS[name]],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
