"""Exports: stories as STIX 2.1, MISP events, CSV and lines of JSON. Reads no clock."""
