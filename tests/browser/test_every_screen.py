"""What holds on every screen: no axe violation, no sideways scroll, one heading, one main button, nothing from outside."""

import pytest

LOW_VISION = "2.serif.dark.2.2.on"
LOOKS = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
"""Rules whose answer depends on colours, sizes and room; the others read what is written, whatever it looks like."""
MAIN_BUTTON = "main .govuk-button:not(.govuk-button--secondary)"


def resize(reader, width):
    reader.page.set_viewport_size({"width": width, "height": 900})


@pytest.mark.browser
@pytest.mark.req("GWY-04")
@pytest.mark.parametrize("sight", [None, LOW_VISION], ids=["usual", "low-vision"])
def test_screen_is_accessible_on_desk_and_phone(desk, screen, sight):
    who, path, status = screen
    reader = desk(who, sight=sight)
    assert reader.open(path) == status
    # Axe is slow and finds the same at any width but for what room and looks make: all rules once where there is plenty
    # of room, and those of looks where letters are largest and room is scarcest.
    looked_at, rules = (1280, None) if sight is None else (375, LOOKS)
    for width in (1280, 375):
        resize(reader, width)
        assert reader.overflow() <= 0, f"{width} pixels"
        if width == looked_at:
            assert reader.axe(rules) == [], f"{width} pixels"
    if sight is None:
        assert reader.page.locator("h1").count() == 1
        assert reader.page.locator(MAIN_BUTTON).count() <= 1
        assert reader.page.title().endswith(" — Портал НМФО")
        assert reader.page.locator("html").get_attribute("lang") == "ru"
        resize(reader, 320)
        assert reader.overflow() <= 0
        resize(reader, 640)
        reader.page.evaluate("document.documentElement.dataset.size = '3'")
        assert reader.overflow() <= 0, "largest letters"
