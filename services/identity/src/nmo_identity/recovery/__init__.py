"""A new password by a code to a confirmed contact; everything earlier ends with it (REG-07, P08, security T6)."""
