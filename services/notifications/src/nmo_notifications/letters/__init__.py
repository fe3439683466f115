"""Letters and text messages that identity owes people: content asked for at the moment of sending, kept nowhere here."""
