"""The publishers' side: fetching, schedules, health, hubs, discovery, OPML."""
