"""Topics tried on the past."""
