"""Browser sessions: opaque cookies, rows in PostgreSQL, CSRF nets (GWY-02)."""
