"""What holds on every screen: no axe violation, no sideways scroll, one heading, one main button, nothing from outside."""

import pytest

LOW_VISION = "2.serif.dark.2.2.on"
LOOKS = ["color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable"]
"""Rules whose answer depends on colours, sizes and room; the others read what is written, whatever it looks like."""
MAIN_BUTTON = "main .govuk-button:not(.govuk-button--secondary)"


def fits(reader, *widths):
    for width in widths:
        reader.page.set_viewport_size({"width": width, "height": 900})
        assert reader.overflow() <= 0, f"{width} pixels"


@pytest.mark.browser
@pytest.mark.req("GWY-04")
def test_screen_is_accessible_on_desk_and_phone(desk, screen):
    who, path, status = screen
    reader = desk(who)
    assert reader.open(path) == status
    assert reader.page.locator("h1").count() == 1
    assert reader.page.locator(MAIN_BUTTON).count() <= 1
    assert reader.page.title().endswith(" — Портал НМФО")
    assert reader.page.locator("html").get_attribute("lang") == "ru"
    assert reader.axe() == []
    fits(reader, 1280, 375, 320)
    reader.page.evaluate("document.documentElement.dataset.size = '3'")
    fits(reader, 640)
    # Axe is slow and finds the same at any width but for what room and looks make: all rules once, where there is plenty
    # of room, and those of looks where letters are largest and room is scarcest.
    reader.sees(LOW_VISION)
    assert reader.open(path) == status
    fits(reader, 1280, 375)
    assert reader.axe(LOOKS) == []
