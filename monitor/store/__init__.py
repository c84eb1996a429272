"""The SQLite file: schema, the one writer, and the views that everything else reads.

Empty on purpose: commands that only read import `monitor.store.queries.reader` and nothing heavier.
"""
