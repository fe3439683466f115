"""On what a first cycle may be opened: a diploma in the register, or the person's questionnaire (REG-10)."""
