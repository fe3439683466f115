"""GOST R 34.10-2012 through the openssl program and Debian's GOST engine: the key never leaves its file (SSO-06).

The engine is named at each call, so the machine's OpenSSL stays as it is for everybody else.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

TIMEOUT_S = 5.0
SIGNATURE_BYTES = 64
_HASH = re.compile(rb"=\s*([0-9a-fA-F]{64})\s*$")
_DIGEST = "md_gost12_256"


class GostUnavailableError(RuntimeError):
    """OpenSSL's GOST engine is not to be had; the message says what to install."""

    def __init__(self) -> None:
        super().__init__(
            "GOST R 34.10-2012 needs OpenSSL's engine `gost`, and openssl does not find it. "
            "On Debian: apt-get install openssl libengine-gost-openssl. "
            "Elsewhere name the engine's folder in OPENSSL_ENGINES."
        )


class OpensslError(RuntimeError):
    """The program refused a call; neither data nor keys are in the message."""


class Openssl:
    """The program with its engine."""

    def __init__(self, program: str = "openssl") -> None:
        """Take the program's name or path; nothing is started yet."""
        self._program = program

    def has_gost(self) -> bool:
        """Whether the engine loads."""
        try:
            return self._call(["engine", "gost"], b"").returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False

    def require_gost(self) -> None:
        """Stop a start that cannot work.

        Raises:
            GostUnavailableError: the engine does not load.
        """
        if not self.has_gost():
            raise GostUnavailableError

    def streebog(self, data: bytes) -> bytes:
        """GOST R 34.11-2012 digest of 256 bits. Raises OpensslError."""
        found = _HASH.search(self._run(["dgst", "-engine", "gost", f"-{_DIGEST}", "-hex"], data))
        if found is None:
            raise OpensslError("dgst")
        return bytes.fromhex(found[1].decode())

    def sign_raw(self, key_file: Path, data: bytes) -> bytes:
        """64 bytes `s‖r` over the digest of `data`. Raises OpensslError."""
        command = ["dgst", "-engine", "gost", f"-{_DIGEST}", "-binary", "-sign", str(key_file)]
        made = self._run(command, data)
        if len(made) != SIGNATURE_BYTES:
            raise OpensslError("dgst -sign")
        return made

    def sign_cms(self, certificate_file: Path, key_file: Path, data: bytes) -> bytes:
        """DER of a detached CMS with signed attributes and the certificate inside. Raises OpensslError."""
        # `-binary`: text mode would change line ends, and with them what is signed.
        command = ["cms", "-engine", "gost", "-sign", "-binary", "-md", _DIGEST, "-outform", "DER"]
        return self._run([*command, "-signer", str(certificate_file), "-inkey", str(key_file)], data)

    def verifies(self, public_key_pem: bytes, data: bytes, signature: bytes) -> bool:
        """Whether the raw signature over `data` is this public key's."""
        with tempfile.TemporaryDirectory(prefix="nmo-gost-") as folder:
            key, signed = Path(folder, "key.pem"), Path(folder, "signature")
            key.write_bytes(public_key_pem)
            signed.write_bytes(signature)
            command = [
                "dgst",
                "-engine",
                "gost",
                f"-{_DIGEST}",
                "-verify",
                str(key),
                "-signature",
                str(signed),
            ]
            try:
                return self._call(command, data).returncode == 0
            except (OSError, subprocess.TimeoutExpired):
                return False

    def _run(self, command: Sequence[str], data: bytes) -> bytes:
        try:
            done = self._call(command, data)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OpensslError(f"openssl {command[0]}: {type(error).__name__}") from None
        if done.returncode != 0:
            raise OpensslError(f"openssl {command[0]} ended with {done.returncode}")
        return done.stdout

    def _call(self, command: Sequence[str], data: bytes) -> subprocess.CompletedProcess[bytes]:
        kept = {
            name: os.environ[name]
            for name in ("PATH", "OPENSSL_ENGINES", "LD_LIBRARY_PATH")
            if name in os.environ
        }
        return subprocess.run(  # noqa: S603 the program and options are ours, data goes in by stdin
            [self._program, *command],
            input=data,
            capture_output=True,
            timeout=TIMEOUT_S,
            env=kept,
            check=False,
        )
