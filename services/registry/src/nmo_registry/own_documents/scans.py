"""What a scan really is, told from its bytes and never from its name; pure (POR-02)."""

from __future__ import annotations

import re
import zlib
from typing import Final

MAX_BYTES: Final = 5 * 1024 * 1024
MAX_PIXELS: Final = 60_000_000
"""A page at 600 dpi has 35 million; what is larger is made to exhaust whoever opens it."""
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
SUFFIXES: Final = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
TAIL: Final = 1024
_ACTIVE: Final = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")
_SIZE_MARKERS: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG segments that tell the size of the picture."""
_MARKER: Final = re.compile(rb"\xff+[^\x00\x01\xd0-\xd7\xff]", re.DOTALL)
"""The next JPEG marker that opens a segment or ends the picture; packed data between carries none."""
_END_OF_IMAGE: Final = 0xD9


class ScanRefusedError(ValueError):
    """The file cannot be taken; `code` is stable, the text tells its owner what to do."""

    def __init__(self, code: str, message: str) -> None:
        """Keep both."""
        super().__init__(message)
        self.code = code
        self.message = message


def kind_of(body: bytes) -> str:
    """Media type of a whole, harmless PDF, JPEG or PNG.

    Raises:
        ScanRefusedError: empty, too large, of another kind, cut off, with something behind its end, with active content.
    """
    if not body:
        raise ScanRefusedError("empty", "Файл пуст. Выберите другой файл")
    if len(body) > MAX_BYTES:
        raise ScanRefusedError(
            "too_large", "Файл больше 5 МБ. Уменьшите его или снимите скан с меньшим качеством"
        )
    if body.startswith(b"%PDF-"):
        _check_pdf(body)
        return PDF
    if body.startswith(b"\xff\xd8\xff"):
        _check_jpeg(body)
        return JPEG
    if body.startswith(b"\x89PNG\r\n\x1a\n"):
        _check_png(body)
        return PNG
    raise ScanRefusedError("unknown_kind", "Это не PDF, JPG и не PNG. Сохраните скан в одном из этих видов")


def _cut_off() -> ScanRefusedError:
    return ScanRefusedError("cut_off", "Файл повреждён или загружен не до конца. Сохраните его ещё раз")


def _more_inside() -> ScanRefusedError:
    return ScanRefusedError("more_inside", "В файле есть лишнее содержимое. Сохраните скан заново")


def _check_pixels(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise ScanRefusedError(
            "too_many_pixels", "Изображение слишком велико. Снимите скан с меньшим разрешением"
        )
    if not width or not height:
        raise _cut_off()


def _check_pdf(body: bytes) -> None:
    end = body.rfind(b"%%EOF")
    if end < 0 or b"startxref" not in body[max(0, end - TAIL) : end]:
        raise _cut_off()
    if body[end + 5 :].strip(b"\r\n\t \x00"):
        raise _more_inside()
    if b"/Encrypt" in body:
        raise ScanRefusedError("encrypted", "Файл PDF защищён паролем. Снимите защиту и загрузите снова")
    if _ACTIVE.search(body):
        raise ScanRefusedError(
            "active", "В файле PDF есть программы или вложения. Сохраните его как обычный PDF"
        )


def _check_png(body: bytes) -> None:
    place, names = 8, list[bytes]()
    while names[-1:] != [b"IEND"]:
        length = int.from_bytes(body[place : place + 4])
        name, data = body[place + 4 : place + 8], body[place + 8 : place + 8 + length]
        told = body[place + 8 + length : place + 12 + length]
        if len(told) < 4 or int.from_bytes(told) != zlib.crc32(name + data):  # noqa: PLR2004 a checksum's size
            raise _cut_off()
        if not names:
            if name != b"IHDR":
                raise _cut_off()
            _check_pixels(int.from_bytes(data[:4]), int.from_bytes(data[4:8]))
        names.append(name)
        place += 12 + length
    if b"IDAT" not in names:
        raise _cut_off()
    if len(body) > place:
        raise _more_inside()


def _check_jpeg(body: bytes) -> None:
    place, sized = 2, False
    while True:
        found = _MARKER.search(body, place)
        if found is None:
            raise _cut_off()
        marker, place = body[found.end() - 1], found.end()
        if marker == _END_OF_IMAGE:
            break
        length = int.from_bytes(body[place : place + 2])
        if length < 2 or place + length > len(body):  # noqa: PLR2004 a length counts itself
            raise _cut_off()
        if marker in _SIZE_MARKERS:
            height, width = body[place + 3 : place + 5], body[place + 5 : place + 7]
            _check_pixels(int.from_bytes(width), int.from_bytes(height))
            sized = True
        place += length
    if not sized:
        raise _cut_off()
    if body[place:].strip(b"\r\n\x00"):
        raise _more_inside()
