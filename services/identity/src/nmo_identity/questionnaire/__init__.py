"""Questionnaire about the diploma, for those of whom the register has none (REG-10)."""
