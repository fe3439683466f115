"""The way in: SCR-03, 09, 10, 12, 13."""
