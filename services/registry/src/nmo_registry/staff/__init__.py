"""Staff of a medical organisation for its head and its HR, as far as each of them consented (ROL-02, PAR-05)."""
