"""A stand-in of ЕСИА (the sign-in of Госуслуги) that checks and signs as the real one does."""
