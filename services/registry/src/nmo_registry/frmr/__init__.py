"""The federal register (ФРМР) seen from here: how it is asked, and how its card is read."""
