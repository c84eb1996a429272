"""Parse and match: the one function that is sent to workers, and the workers."""
