"""Partners' portals: what they ask for, what they may know, their sign-out."""
