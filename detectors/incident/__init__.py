"""An incident: which observations belong to it, and how sure they make it."""
