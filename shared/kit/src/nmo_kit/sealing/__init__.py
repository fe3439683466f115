"""The journal sealed: a hash chain over its rows, signed checkpoints, copies elsewhere, a verifier (AUD-02)."""
