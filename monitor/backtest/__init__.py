"""Topics tried on articles of the past: archives, trials, and where the work runs."""
