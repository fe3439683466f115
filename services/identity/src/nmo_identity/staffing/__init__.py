"""Who works where: roles asked for, given and taken, the work place chosen (ROL-03)."""
