"""Add subscriptions to hubs that push feeds (WebSub)."""

SQL = ""
