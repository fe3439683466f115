"""The browser that tests look at pages with: Chromium without a window, which costs a third less than one that hides it."""

from __future__ import annotations

import os
import shutil

from nmo_local.infra import debian
from nmo_local.report import say

VARIABLE = "NMO_CHROMIUM"
WITHOUT_WINDOW, WHOLE = "chromium-headless-shell", "chromium"


def provide() -> None:
    """Have a browser: what `NMO_CHROMIUM` names, else Debian's without a window, else Debian's whole one.

    Raises:
        MissingServerError: there is none and we may not install one.
    """
    try:
        debian.require_program(WITHOUT_WINDOW, variable=VARIABLE)
    except debian.MissingServerError:
        if shutil.which(WHOLE) is None:
            raise
        say(f"{WITHOUT_WINDOW} cannot be had; {WHOLE} does as well")


def program() -> str:
    """The browser's path."""
    named = os.environ.get(VARIABLE) or shutil.which(WITHOUT_WINDOW) or shutil.which(WHOLE)
    if named is None:
        raise debian.MissingServerError(f"{WITHOUT_WINDOW} is not installed: `make test` installs it as root")
    return named
