"""The questionnaire about the diploma."""
