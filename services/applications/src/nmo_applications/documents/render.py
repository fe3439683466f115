"""Typst documents from plain data: the same input gives the same page on every machine."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import fontpkg_pt_serif  # type: ignore[import-untyped]  # a package of fonts alone
import segno
import typst

TEMPLATE_VERSION = 1
"""Raised with every change of a template; a document of an older one is formed anew."""

_TEMPLATES = Path(str(resources.files("nmo_applications.documents") / "templates"))
_FONTS = Path(fontpkg_pt_serif.__file__).parent


def render(template: str, data: Mapping[str, Any], *, verify_url: str, png: bool = False) -> bytes:
    """The document as PDF (tagged), or its first page as PNG for looking at.

    Blocks for some tens of milliseconds: call it in a thread. `data` reach the template as JSON, so nothing a person
    typed is ever read as template code.
    """
    result: Any = typst.compile(
        _TEMPLATES / f"{template}.typ",
        root=_TEMPLATES,
        format="png" if png else "pdf",
        ppi=110.0,
        font_paths=[_FONTS],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False), "qr": _qr_svg(verify_url)},
    )
    return bytes(result[0] if isinstance(result, list) else result)


def _qr_svg(url: str) -> str:
    out = io.BytesIO()
    segno.make(url, error="m", micro=False).save(out, kind="svg", border=0, dark="#1c2b39")
    return out.getvalue().decode()
