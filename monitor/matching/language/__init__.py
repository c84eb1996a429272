"""The topic language: text → expression, and expressions that no article can make true."""
