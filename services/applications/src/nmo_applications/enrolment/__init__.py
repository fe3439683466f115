"""Training applications: the form, the person's actions, and what the system does to them."""
