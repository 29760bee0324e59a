"""The alert: what stands in it, and its headline."""
