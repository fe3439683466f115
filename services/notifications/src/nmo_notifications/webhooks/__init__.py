"""Webhooks: signed by Standard Webhooks, retried over three days, in order per subject (PAR-02, PAR-03)."""
