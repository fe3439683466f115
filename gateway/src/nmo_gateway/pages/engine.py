"""The template engine: where templates lie, filters, addresses of static files with their digests."""

import hashlib
import json
from functools import cache
from typing import Any

from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from nmo_gateway import assets, texts

STATIC = assets.PACKAGE / "static"


@cache
def digests() -> dict[str, str]:
    """Path under ``/static`` -> digest of its content: the manifest for fetched files, own files read once."""
    found: dict[str, str] = {}
    manifest = assets.VENDOR / assets.MANIFEST
    if manifest.is_file():
        vendor: dict[str, str] = json.loads(manifest.read_text(encoding="utf-8"))
        found.update({f"vendor/{name}": digest for name, digest in vendor.items()})
    for path in STATIC.iterdir():
        if path.is_file():
            found[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()[:10]
    return found


def asset(name: str) -> str:
    """Address of a static file; its digest in ``?v=`` lets browsers keep it for a year."""
    digest = digests().get(name)
    return f"/static/{name}?v={digest}" if digest else f"/static/{name}"


def _environment() -> Environment:
    environment = Environment(
        loader=ChoiceLoader(
            [
                FileSystemLoader(assets.PACKAGE),
                PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
            ]
        ),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(asset=asset, texts=texts, SITE=texts.SITE, NBSP=texts.NBSP)
    for name in ("zet", "number", "day", "day_long", "moment", "roubles", "quoted"):
        environment.filters[name] = getattr(texts, name)
    return environment


ENVIRONMENT = _environment()


def render_template(name: str, context: dict[str, Any]) -> str:
    """Fill a template by its path inside the package."""
    return ENVIRONMENT.get_template(name).render(context)
