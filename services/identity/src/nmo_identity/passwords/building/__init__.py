"""Building the list of common passwords (`common.bin`)."""
