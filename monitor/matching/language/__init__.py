"""The topic language: text to expression, and what can never be true."""
