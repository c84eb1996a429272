"""The tables and the views; migrations are only appended."""
