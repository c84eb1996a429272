"""Evidence: pages as WARC records, bundles of a story that open without us, and their proof."""
