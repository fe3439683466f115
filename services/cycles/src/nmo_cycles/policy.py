"""Who may do what: a specialist works with their own cycles, after the match with the register and with consent."""

from nmo_kit.auth import CONFIRMED, Rule

_OWN = Rule(roles={"specialist"}, consent=True)

POLICY: dict[str, Rule] = {
    "cycles.cycle.read": _OWN,
    "cycles.cycle.open": _OWN,
    "cycles.cycle.edit": _OWN,
    "cycles.cycle.delete": _OWN,
    "cycles.plan.read": _OWN,
    "cycles.plan.edit": _OWN,
    "cycles.ledger.read": _OWN,
    "cycles.progress.read": _OWN,
    "cycles.journal.read": Rule(roles={"person"}, entry=CONFIRMED),
}
