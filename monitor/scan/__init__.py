"""Scanning: parse and match, the one function that runs in worker processes; and the workers."""
