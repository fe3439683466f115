"""What notifications does on people's consents and on the destruction of their data (152-FZ; SSO-05)."""
