"""Strings: normal form, language, scripts, headlines and excerpts. Pure."""
