"""Published contracts: JSON Schema of every event, AsyncAPI 3 of what partners receive (PAR-04)."""
