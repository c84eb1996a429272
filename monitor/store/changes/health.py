"""Add what tells how feeds are: see `monitor feeds` and the operations channel."""

SQL = ""
