"""Slack: its Web API, an incoming webhook, and Socket Mode; the only rooms that know slack-sdk."""
