"""«Рабочее место»: one role and one organisation at a time (cabinet 8.1)."""
