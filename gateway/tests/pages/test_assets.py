import pytest

from nmo_gateway import assets
from nmo_gateway.pages.engine import asset, digests
from nmo_gateway.pages.statics import static_file

CSS = (
    "/*! Copyright */@font-face{font-family:GDS Transport;src:url(/assets/fonts/a.woff2)}"
    "@font-face{font-family:GDS Transport;font-weight:700;src:url(/assets/fonts/b.woff2)}"
    ".a{font-family:GDS Transport,arial,sans-serif}@media print{.a{font-family:sans-serif}}.b{background:url(/assets/images/govuk-crest.svg)}"
)


def test_foreign_font_is_gone_and_ours_is_named():
    edited = assets.rebrand(CSS)
    assert "GDS Transport" not in edited
    assert "/assets/" not in edited
    assert edited.count("var(--nmfo-font)") == 2


def test_another_shape_of_the_style_sheet_is_noticed():
    with pytest.raises(assets.AssetsError, match="rebrand"):
        assets.rebrand('.a{font-family:"GDS Transport"}')


def test_no_npm_is_told_in_words(tmp_path):
    with pytest.raises(assets.AssetsError, match=r"package-lock\.json"):
        assets.fetch(tmp_path)


def test_lock_file_names_no_registry():
    lock = (assets.WEB / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert "http" not in lock.replace("https://github.com/sponsors", "").replace(
        "https://opencollective.com", ""
    )


@pytest.mark.parametrize(
    "name", ["../texts.py", "..%2ftexts.py", "vendor/../../texts.py", "/etc/passwd", "vendor", ""]
)
def test_only_known_names_are_served(name):
    assert static_file(name) is None


def test_files_are_kept_for_a_year_by_their_digest(reader):
    address = asset("portal.css")
    fresh = reader().get(address)
    assert fresh.status == 200
    assert fresh.headers["Content-Type"].startswith("text/css")
    assert "immutable" in fresh.headers["Cache-Control"]
    assert digests()["portal.css"] in address
    assert "immutable" not in reader().get("/static/portal.css?v=old").headers["Cache-Control"]
    assert reader().get("/static/no-such.css").status == 404
