"""Russian texts of messages: one file per kind and version, two frames for mail."""
