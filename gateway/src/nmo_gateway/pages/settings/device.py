"""A browser's own description in plain words: «Chrome на Windows». Pure; what nobody knows stays «Неизвестное устройство»."""

import ipaddress
import re

BROWSERS = (
    ("YaBrowser/", "Яндекс Браузер"),
    ("OPR/", "Opera"),
    ("Edg", "Edge"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
INNER = tuple(map(ipaddress.ip_network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")))
UNKNOWN = "Неизвестное устройство"
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{1,30}/[0-9]")


def device(user_agent: str) -> str:
    """What a person would call the place where they signed in."""
    browser = next((name for sign, name in BROWSERS if sign in user_agent), None)
    system = next((name for sign, name in SYSTEMS if sign in user_agent), None)
    if browser and system:
        return f"{browser}, {system}"
    if browser or system:
        return browser or system or UNKNOWN
    return "Программа, не браузер" if _PROGRAM.match(user_agent) else UNKNOWN


def place(network: str) -> str:
    """The network of a sign-in as people read it; whole addresses are not kept."""
    try:
        found = ipaddress.ip_network(network)
    except ValueError:
        return "сеть неизвестна"
    if found.is_loopback:
        return "этот компьютер"
    if any(found.version == inner.version and found.subnet_of(inner) for inner in INNER):  # type: ignore[arg-type]
        return f"внутренняя сеть {found}"
    if found.version == 4:  # noqa: PLR2004 the protocol's name
        return f"сеть {str(found.network_address).rpartition('.')[0]}.*"
    return f"сеть {found}"
