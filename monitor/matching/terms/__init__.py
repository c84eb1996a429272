"""Term sets, and the forms of their words."""
