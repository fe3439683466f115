"""Step-up: a person in a session proves anew who they are; the session goes on with a recent sign-in."""
