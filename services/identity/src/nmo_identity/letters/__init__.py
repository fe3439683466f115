"""Letters and text messages owed to people: sealed until they are sent, erased afterwards; events name only ids."""
