"""What an operator does with the file: back up, verify, prune."""
