"""Briefs: what the stories of a time came to, for people who were not there. Reads no clock."""
