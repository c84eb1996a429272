"""What later migrations change, a file each; `schema` runs them in their order."""
