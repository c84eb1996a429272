"""Machine glosses: foreign headlines of hits, translated in batches by an endpoint of your own."""
