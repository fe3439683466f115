"""Use cases of the questionnaire."""
