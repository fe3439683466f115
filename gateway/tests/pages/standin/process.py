"""Start and stop the pages over the invented services, as a process of its own."""

import subprocess
import sys
import urllib.request
from contextlib import contextmanager
from pathlib import Path

from nmo_gateway import assets

HERE = Path(__file__).resolve().parent


@contextmanager
def running_site():
    """Give the address of a running site; the process ends with the block."""
    if not assets.ready():
        assets.copy(assets.fetch())
    with subprocess.Popen(
        [sys.executable, "serve.py", "0"], cwd=HERE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            address = process.stdout.readline().strip()
            if not address:
                raise RuntimeError("the site did not start")
            yield address
        finally:
            process.terminate()


def command(site, path):
    """POST one of the stand-in's own addresses: ``/_reset``, ``/_down?services=...``."""
    request = urllib.request.Request(site + path, method="POST")  # noqa: S310 loopback
    with urllib.request.urlopen(request, timeout=10):  # noqa: S310 loopback
        pass
