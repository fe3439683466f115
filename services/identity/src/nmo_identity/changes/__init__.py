"""Changes of data that their owner cannot edit: approved by two employees of support, carried out here (REG-04, P12)."""
