"""Partners' portals as a person sees them: what they ask for, what they may know, how to end it."""
