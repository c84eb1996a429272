"""What commands and pages read, on a connection that cannot write."""
