"""The desk for programs that speak the Model Context Protocol: read-only, over stdin and stdout."""
