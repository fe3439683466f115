"""Small real scans, and the ways files are spoilt."""

from __future__ import annotations

import zlib


def png(width: int = 2, height: int = 2) -> bytes:
    """A whole PNG; a claimed size needs no pixels behind it."""
    rows = zlib.compress(b"".join(b"\x00" + b"\xff\xff\xff" * 2 for _ in range(2)))
    head = width.to_bytes(4) + height.to_bytes(4) + b"\x08\x02\x00\x00\x00"
    chunks = ((b"IHDR", head), (b"IDAT", rows), (b"IEND", b""))
    packed = (
        len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4) for name, data in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def jpeg(width: int = 8, height: int = 8) -> bytes:
    """A whole JPEG as its segments stand; packed data with a stuffed byte inside."""
    frame = b"\x08" + height.to_bytes(2) + width.to_bytes(2) + b"\x01\x01\x11\x00"
    scan = b"\x01\x01\x00\x00\x3f\x00"
    return b"".join(
        (
            b"\xff\xd8",
            b"\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00",
            b"\xff\xc0" + (len(frame) + 2).to_bytes(2) + frame,
            b"\xff\xda" + (len(scan) + 2).to_bytes(2) + scan + b"\x12\xff\x00\x34\xff\xd0\x56",
            b"\xff\xd9",
        )
    )


def pdf(inside: bytes = b"") -> bytes:
    """A whole PDF of one empty page."""
    objects = (
        b"1 0 obj\n<< /Type /Catalog /Pages 2 0 R " + inside + b">>\nendobj\n",
        b"2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n",
        b"3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>\nendobj\n",
    )
    body, places = b"%PDF-1.4\n", []
    for item in objects:
        places.append(len(body))
        body += item
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    start = len(body)
    return (
        body + b"xref\n0 4\n0000000000 65535 f \n" + table + b"trailer\n<< /Size 4 /Root 1 0 R >>\n"
        b"startxref\n%d\n%%%%EOF\n" % start
    )
