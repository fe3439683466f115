"""Medical organisations of ФРМО by the id that roles name them by: found by name, named by id (ROL-02, ROL-03)."""
