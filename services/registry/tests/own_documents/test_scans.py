"""A scan is judged by its content (POR-02)."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nmo_registry.own_documents.scans import JPEG, MAX_BYTES, PDF, PNG, ScanRefusedError, kind_of
from services.registry.tests.own_documents.scan_files import jpeg, pdf, png

ZIP = b"PK\x03\x04" + b"\x00" * 40 + b"PK\x05\x06" + b"\x00" * 18


@pytest.mark.req("POR-02", "P19")
def test_whole_files_are_taken() -> None:
    assert [kind_of(body) for body in (pdf(), jpeg(), png())] == [PDF, JPEG, PNG]
    # Two endings are how an editor saves a correction.
    assert kind_of(pdf() + b"1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF") == PDF


@pytest.mark.req("P19")
def test_five_mebibytes_are_the_most() -> None:
    padding = MAX_BYTES - (len(pdf(b" " * MAX_BYTES)) - MAX_BYTES)
    whole = pdf(b" " * padding)
    assert len(whole) == MAX_BYTES
    assert (kind_of(whole), kind_of(pdf(b" " * (padding - 1)))) == (PDF, PDF)
    with pytest.raises(ScanRefusedError, match="больше 5 МБ") as refused:
        kind_of(pdf(b" " * (padding + 1)))
    assert refused.value.code == "too_large"


@pytest.mark.req("POR-02", "P19", "T20")
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "empty"),
        (b"%PDF-1.4" + b"0" * MAX_BYTES, "too_large"),
        (b"MZ\x90\x00" + b"\x00" * 100, "unknown_kind"),
        (ZIP, "unknown_kind"),
        (b"GIF89a" + b"\x00" * 20, "unknown_kind"),
        (b" " + pdf(), "unknown_kind"),
        (pdf()[:-40], "cut_off"),
        (jpeg()[:-2], "cut_off"),
        (jpeg()[:30], "cut_off"),
        (png()[:-5], "cut_off"),
        (png().replace(b"IHDR", b"IHDX"), "cut_off"),
        (b"\xff\xd8\xff\xd9", "cut_off"),
        (pdf() + ZIP, "more_inside"),
        (jpeg() + ZIP + b"\xff\xd9", "more_inside"),
        (png() + b"MZ\x90\x00", "more_inside"),
        (pdf(b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >> "), "active"),
        (pdf(b"/Names << /EmbeddedFiles 9 0 R /EmbeddedFile 8 0 R >> "), "active"),
        (pdf(b"/Encrypt 7 0 R "), "encrypted"),
        (png(30_000, 30_000), "too_many_pixels"),
        (jpeg(60_000, 60_000), "too_many_pixels"),
    ],
)
def test_spoilt_files_are_refused_with_the_cause(body: bytes, code: str) -> None:
    with pytest.raises(ScanRefusedError) as refused:
        kind_of(body)
    assert refused.value.code == code
    assert refused.value.message[0].isupper()


@given(st.sampled_from([pdf(), jpeg(), png()]), st.integers(0, 400), st.binary(max_size=30))
def test_no_bytes_break_the_reader(whole: bytes, place: int, junk: bytes) -> None:
    spoilt = whole[:place] + junk + whole[place + len(junk) :]
    with contextlib.suppress(ScanRefusedError):
        assert kind_of(spoilt) in {PDF, JPEG, PNG}
