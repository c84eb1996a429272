"""Feeds, channels and the sample, tried by hand; nothing is stored in the operator's database."""
