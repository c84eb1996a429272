"""The schema version, apart from the migrations so that readers need not load them."""

SCHEMA_VERSION = 12  # the number of migrations in migrations.py; a test holds them together
