"""Strings, their language, and what is read from them first. Pure."""
