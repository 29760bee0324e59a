"""Road graphs from files."""
