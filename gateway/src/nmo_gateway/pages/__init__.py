"""The cabinet's pages: one folder for each group of screens; the gateway includes ``router``.

Handlers read ``request.state.session`` and call services through ``request.state.services``.
"""

from fastapi import APIRouter

from nmo_gateway.pages import statics
from nmo_gateway.pages.accreditations import endpoints as accreditations
from nmo_gateway.pages.applications import endpoints as applications
from nmo_gateway.pages.applications import filling
from nmo_gateway.pages.catalog import endpoints as catalog
from nmo_gateway.pages.clients import endpoints as clients
from nmo_gateway.pages.comparison import endpoints as comparison
from nmo_gateway.pages.confirm import endpoints as confirm
from nmo_gateway.pages.consents import endpoints as consents
from nmo_gateway.pages.contacts import endpoints as contacts
from nmo_gateway.pages.cycles import endpoints as cycles
from nmo_gateway.pages.disclosures import endpoints as disclosures
from nmo_gateway.pages.display import endpoints as display
from nmo_gateway.pages.documents import endpoints as documents
from nmo_gateway.pages.edu import endpoints as edu
from nmo_gateway.pages.edu import results
from nmo_gateway.pages.entry import endpoints as entry
from nmo_gateway.pages.errors.view import render_error
from nmo_gateway.pages.exchange import endpoints as exchange
from nmo_gateway.pages.exchange import ordering, upkeep
from nmo_gateway.pages.home import endpoints as home
from nmo_gateway.pages.journal import endpoints as journal
from nmo_gateway.pages.links import endpoints as links
from nmo_gateway.pages.local import password as own_password
from nmo_gateway.pages.local import registration, sign_in
from nmo_gateway.pages.notifications import endpoints as notifications
from nmo_gateway.pages.password import endpoints as password
from nmo_gateway.pages.people import endpoints as people
from nmo_gateway.pages.plan import endpoints as plan
from nmo_gateway.pages.portals import endpoints as portals
from nmo_gateway.pages.profile import endpoints as profile
from nmo_gateway.pages.progress import endpoints as progress
from nmo_gateway.pages.public import endpoints as public
from nmo_gateway.pages.questionnaire import endpoints as questionnaire
from nmo_gateway.pages.roles import endpoints as roles
from nmo_gateway.pages.second_step import endpoints as second_step
from nmo_gateway.pages.security import endpoints as security
from nmo_gateway.pages.settings import endpoints as settings
from nmo_gateway.pages.support import endpoints as support
from nmo_gateway.pages.tickets import endpoints as tickets
from nmo_gateway.pages.tickets import guest
from nmo_gateway.pages.verification import endpoints as verification
from nmo_gateway.pages.workplaces import endpoints as workplaces

__all__ = ["render_error", "router"]

# The catalogue's /cabinet/applications/creating and the form's fixed addresses stand before /{reference}.
PARTS = (
    statics,
    display,
    public,
    entry,
    sign_in,
    registration,
    second_step,
    own_password,
    password,
    consents,
    disclosures,
    confirm,
    home,
    profile,
    contacts,
    questionnaire,
    documents,
    accreditations,
    cycles,
    plan,
    catalog,
    filling,
    applications,
    progress,
    notifications,
    links,
    settings,
    roles,
    people,
    journal,
    workplaces,
    security,
    portals,
    clients,
    exchange,
    ordering,
    upkeep,
    edu,
    results,
    tickets,
    guest,
    comparison,
    support,
    verification,
)
router = APIRouter(include_in_schema=False)
for part in PARTS:
    router.include_router(part.router)
