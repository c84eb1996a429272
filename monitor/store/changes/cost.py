"""Add what makes polls cheap."""

SQL = ""
