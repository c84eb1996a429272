"""Add what the outbox needs to send stories instead of articles, and notices."""

SQL = ""
