"""«Синхронизация с Госуслугами»: ways in, tying and untying them, accounts found, ways in after recovery (SCR-11)."""
