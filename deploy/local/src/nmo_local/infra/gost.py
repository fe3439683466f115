"""OpenSSL's GOST engine, which signs for ЕСИА: as installed, from Debian's package, or unpacked beside us."""

from __future__ import annotations

import os
import shutil
import subprocess

from nmo_local.infra import debian
from nmo_local.paths import PACKAGES

PACKAGE = "libengine-gost-openssl"


def provide() -> None:
    """Have the engine. Side effects: may install a package as root, or set `OPENSSL_ENGINES` for this process.

    Raises:
        MissingServerError: it is not there and cannot be had; the message says what to install.
    """
    debian.require_program("openssl", variable="NMO_OPENSSL")
    with debian.one_at_a_time():
        if works():
            return
        if os.getuid() == 0:
            debian.install(PACKAGE)
        else:
            folder = debian.unpack(PACKAGE, PACKAGES)
            engine = next(folder.glob("usr/lib/*/engines-*/gost.so"), None)
            if engine is not None:
                os.environ["OPENSSL_ENGINES"] = str(engine.parent)
    if not works():
        raise debian.MissingServerError(f"OpenSSL's GOST engine does not load: apt-get install {PACKAGE}")


def works() -> bool:
    """Whether openssl loads the engine."""
    program = os.environ.get("NMO_OPENSSL") or shutil.which("openssl")
    if program is None:
        return False
    return subprocess.run([program, "engine", "gost"], capture_output=True, check=False).returncode == 0
