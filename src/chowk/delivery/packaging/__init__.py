"""Packaging: how likely each package is to arrive broken, what it costs, and which one to take."""
