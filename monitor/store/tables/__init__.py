"""What a transaction reads and writes, a file for each table or two."""
