"""Add what stories are recognised by, and what each of them is made of."""

SQL = ""
