"""Pages open to everybody: SCR-01, help, check of a document."""
