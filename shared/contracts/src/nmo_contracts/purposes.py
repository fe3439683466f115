"""Purposes that people consent to, one by one (152-FZ; SSO-03, SSO-05, PAR-05)."""

from typing import Final

MAIN: Final = "data_transfer"
"""Data from the provider and the register, comparison, plan of training: without it the cabinet is closed."""
ORGANISATION: Final = "organisation_transfer"
"""The applicant's data go to the educational organisation that the application is submitted to."""
EMPLOYER: Final = "employer_transfer"
"""Position, specialty and terms of admission documents are shown to the head and the HR of the person's employer."""
PARTNERS: Final = "partner_transfer"
"""Facts of training go to partners' systems under a pseudonym."""
SMS: Final = "sms_messages"
"""Short messages about the course of training go to the phone."""

PURPOSES: Final = (MAIN, ORGANISATION, EMPLOYER, PARTNERS, SMS)
"""In the order in which people are shown them; all but the first need the first."""
