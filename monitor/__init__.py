"""monitor: a self-hosted early-warning desk for geopolitics.

Feeds are polled, their articles matched against topics, hits grouped into stories, and each story
is alerted once. `pipeline/` is the path from socket to Slack; read it first.
"""

__version__ = "0.1.0"
