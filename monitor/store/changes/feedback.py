"""Add what readers say of alerts."""

SQL = ""
