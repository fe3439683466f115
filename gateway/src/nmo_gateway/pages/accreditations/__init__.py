"""«Текущие аккредитации»: what admits to work now and until when, instructions, normative acts (SCR-39)."""
