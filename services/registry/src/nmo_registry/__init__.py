"""Mirror of the federal register of medical workers."""
