"""Who is this in the register: comparison of names and the match a sign-in asks for."""
