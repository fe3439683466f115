"""People of the register as the mirror holds them: their record, and the changes of it as events."""
