"""The system on one machine: infrastructure, processes, demo."""
