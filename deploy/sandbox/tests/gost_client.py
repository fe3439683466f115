"""What the tests of GOST share: a system's GOST key on disk, signatures by the openssl program and its engine."""

import subprocess
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from pathlib import Path

from asn1crypto import pem
from cryptography.hazmat.primitives.serialization import Encoding

from nmo_sandbox.esia import gost
from nmo_sandbox.esia.self_signed import gost_certificate


class GostSigner:
    """A system's GOST key and certificate; the openssl engine signs, which shares no code with the stand-in."""

    def __init__(self, folder: Path, *, curve: str = gost.CRYPTOPRO_A) -> None:
        self.private = gost.PrivateKey.generate(curve)
        now = datetime.now(UTC)
        self.certificate = gost_certificate(
            self.private, "Портал (учебный)", "Учебная", now - timedelta(days=1), now + timedelta(days=30)
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.key_file, self.certificate_file = folder / "gost.key.pem", folder / "gost.pem"
        self.key_file.write_bytes(pem.armor("PRIVATE KEY", self.private.pkcs8()))
        self.pem = self.certificate.public_bytes(Encoding.PEM).decode()
        self.certificate_file.write_text(self.pem)
        self.hash = self.run("dgst", "-md_gost12_256", "-r", data=self.der).decode().split()[0]

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    def run(self, command: str, *options: str, data: bytes) -> bytes:
        call = ["openssl", command, "-engine", "gost", *options]
        return subprocess.run(call, input=data, capture_output=True, check=True, timeout=30).stdout

    def raw(self, text: str) -> bytes:
        return self.run("dgst", "-md_gost12_256", "-sign", str(self.key_file), data=text.encode())

    def openssl(self, text: str, *options: str) -> bytes:
        """A CMS signature."""
        call = ["-sign", "-binary", "-outform", "DER", "-md", "md_gost12_256"]
        call += ["-signer", str(self.certificate_file), "-inkey", str(self.key_file), *options]
        return self.run("cms", *call, data=text.encode())

    @staticmethod
    def secret(signature: bytes) -> str:
        return urlsafe_b64encode(signature).decode()
