"""The programs as processes: what they bind, when they refuse to start, what they write to their log."""

import os
import subprocess
import sys

import httpx2
import pytest

from nmo_testkit import wait


def start(*arguments: str, **variables: str) -> subprocess.Popen:
    call = [sys.executable, "-m", "nmo_sandbox", *arguments]
    env = os.environ | {"NMO_SANDBOX_SMTP_PORT": "0"} | variables
    return subprocess.Popen(call, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


async def answers(http: httpx2.AsyncClient, path: str) -> httpx2.Response | None:
    try:
        return await http.get(path)
    except httpx2.TransportError:
        return None


@pytest.mark.parametrize("program", ["esia", "frmr", "mailbox", "oidc", "sms"])
async def test_each_program_runs_and_keeps_queries_out_of_its_log(program, tmp_path, unused_tcp_port):
    process = start(program, "--port", str(unused_tcp_port), NMO_SANDBOX_STATE=str(tmp_path))
    try:
        async with httpx2.AsyncClient(base_url=f"http://127.0.0.1:{unused_tcp_port}") as http:
            alive = await wait.until(lambda: answers(http, "/livez"), timeout_s=30)
            assert alive.json() == {"status": "ok"}
            await http.get("/nowhere", params={"client_secret": "must-not-be-logged"})
    finally:
        process.terminate()
        log, _ = process.communicate(timeout=30)
    assert "/nowhere" in log or program == "frmr"
    assert "must-not-be-logged" not in log


@pytest.mark.parametrize(
    "variables",
    [{"NMO_SANDBOX_ENVIRONMENT": "production"}, {"NMO_SANDBOX_ESIA_URL": "https://esia.gosuslugi.ru"}],
)
def test_a_program_refuses_production(variables):
    process = start("esia", "--port", "0", **variables)
    log, _ = process.communicate(timeout=30)
    assert process.returncode == 2
    assert "sandbox" in log
