"""From an article to a topic that would find it."""
