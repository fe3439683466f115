"""Who may do what in identity. The reviewed matrix of all services is compared with this table."""

from __future__ import annotations

from dataclasses import replace

from nmo_kit.auth import ANY_ENTRY, CONFIRMED, PUBLIC, UNRESTRICTED, Rule

_GATEWAY = Rule(roles={"service"}, clients={"gateway"}, entry=ANY_ENTRY, scope="any")
_SENDER = Rule(roles={"service"}, clients={"notifications"}, entry=ANY_ENTRY, scope="any")
_ALWAYS = Rule(roles={"person"}, entry=ANY_ENTRY)
"""Own state, and the steps out of it: open to a session that owes a new password, too."""
_SELF = Rule(roles={"person"}, entry=UNRESTRICTED)
"""Whoever signed in and owes no step: may read their consents and take one back, in every other state of entry."""
_CONFIRMED = Rule(roles={"person"}, entry=CONFIRMED)
"""All else waits for a confirmed account (SSO-02), not for the match: these are the ways to it."""
_ADMIN = Rule(roles={"admin"}, scope="any")
_CLIENTS = replace(PUBLIC, own_proof=True)
"""Clients prove themselves by secret or key, `userinfo` takes a token given outside, documents are for everybody."""

_ORGANISER = Rule(roles={"org_admin", "head"}, scope="organization")
"""Whoever gives roles in their own organisation."""
_ADMINISTRATOR = Rule(roles={"admin"}, scope="any")

POLICY: dict[str, Rule] = {
    "identity.login.providers": _GATEWAY,
    "identity.login.start": _GATEWAY,
    "identity.login.finish": _GATEWAY,
    "identity.login.logout": _GATEWAY,
    "identity.login.backchannel": _GATEWAY,
    "identity.login.confirm.start": _GATEWAY,
    "identity.login.confirm.finish": _GATEWAY,
    "identity.login.confirm.ways": _GATEWAY,
    "identity.login.confirm.code": _GATEWAY,
    "identity.login.confirm.password": _GATEWAY,
    "identity.local.login": _GATEWAY,
    "identity.local.ask_unlock": _GATEWAY,
    "identity.local.unlock": _GATEWAY,
    "identity.registration.form": PUBLIC,
    "identity.registration.challenge": PUBLIC,
    "identity.registration.check": PUBLIC,
    "identity.registration.create": PUBLIC,
    "identity.registration.invite": PUBLIC,
    "identity.registration.open_invitation": PUBLIC,
    "identity.registration.confirm": PUBLIC,
    "identity.registration.resend": _ALWAYS,
    "identity.letter.take": _SENDER,
    "identity.letter.settle": _SENDER,
    "identity.letter.bounce": _SENDER,
    "identity.contacts.read": _ALWAYS,
    "identity.contacts.change": _ALWAYS,
    "identity.contacts.resend": _ALWAYS,
    "identity.contacts.confirm": _ALWAYS,
    "identity.contacts.cancel": _ALWAYS,
    "identity.contacts.undo": _GATEWAY,
    "identity.security.read": _CONFIRMED,
    "identity.security.app": _CONFIRMED,
    "identity.security.app.confirm": _CONFIRMED,
    "identity.security.sms": _CONFIRMED,
    "identity.security.sms.confirm": _CONFIRMED,
    "identity.security.method.remove": _CONFIRMED,
    "identity.security.recovery_codes": _CONFIRMED,
    "identity.login.second_step.read": _GATEWAY,
    "identity.login.second_step.send": _GATEWAY,
    "identity.login.second_step.finish": _GATEWAY,
    "identity.me.questionnaire.read": _CONFIRMED,
    "identity.me.questionnaire.fill": _CONFIRMED,
    "identity.recovery.start": PUBLIC,
    "identity.recovery.resend": PUBLIC,
    "identity.recovery.prove": PUBLIC,
    "identity.recovery.finish": PUBLIC,
    "identity.person.disclose": Rule(
        roles={"service"}, clients={"applications", "notifications", "registry"}, entry=ANY_ENTRY, scope="any"
    ),
    "identity.me.read": _ALWAYS,
    "identity.me.password.change": _ALWAYS,
    "identity.me.consents.read": _SELF,
    "identity.me.consents.grant": _CONFIRMED,
    "identity.me.consents.withdraw": _SELF,
    "identity.me.consents.receipt": _SELF,
    "identity.me.match.confirm": _CONFIRMED,
    "identity.me.refresh": _CONFIRMED,
    "identity.me.sessions.read": _CONFIRMED,
    "identity.me.sessions.end": _CONFIRMED,
    "identity.me.sessions.end_others": _CONFIRMED,
    "identity.me.journal.read": _CONFIRMED,
    "identity.me.journal.export": _CONFIRMED,
    "identity.me.links.read": _ALWAYS,
    "identity.me.links.confirm": _ALWAYS,
    "identity.me.links.start": _SELF,
    "identity.me.links.remove": _SELF,
    "identity.me.links.join.start": _CONFIRMED,
    "identity.me.links.join.code": _CONFIRMED,
    "identity.me.links.dismiss": _CONFIRMED,
    "identity.links.finish": _GATEWAY,
    "identity.links.join": _GATEWAY,
    "identity.me.roles.read": _CONFIRMED,
    "identity.me.roles.ask": _CONFIRMED,
    "identity.me.roles.withdraw": _CONFIRMED,
    "identity.me.workplaces.read": _CONFIRMED,
    "identity.me.workplace.choose": _CONFIRMED,
    "identity.organization.people.read": _ORGANISER,
    "identity.organization.people.grant": _ORGANISER,
    "identity.organization.people.refuse": _ORGANISER,
    "identity.organization.people.revoke": _ORGANISER,
    "identity.admin.people.read": _ADMINISTRATOR,
    "identity.admin.people.grant": _ADMINISTRATOR,
    "identity.admin.people.refuse": _ADMINISTRATOR,
    "identity.admin.people.revoke": _ADMINISTRATOR,
    "identity.me.portals.read": _CONFIRMED,
    "identity.me.portals.revoke": _CONFIRMED,
    "identity.me.portal_requests.read": _CONFIRMED,
    "identity.me.portal_requests.answer": _CONFIRMED,
    "identity.oidc.end_session": _GATEWAY,
    "identity.partner.list": _ADMIN,
    "identity.partner.register": _ADMIN,
    "identity.partner.disable": _ADMIN,
    "identity.partner.enable": _ADMIN,
    "identity.partner.secret": _ADMIN,
    "identity.oidc.discovery": _CLIENTS,
    "identity.oidc.jwks": _CLIENTS,
    "identity.keys.read": PUBLIC,
    "identity.oidc.authorize": PUBLIC,
    "identity.oidc.token": _CLIENTS,
    "identity.oidc.userinfo": _CLIENTS,
    "identity.oidc.introspect": _CLIENTS,
    "identity.oidc.revoke": _CLIENTS,
}
