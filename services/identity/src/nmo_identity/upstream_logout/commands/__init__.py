"""Use cases of sign-outs at providers."""
