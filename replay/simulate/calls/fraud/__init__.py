"""Frauds by telephone, one file a way; each returns its calls, texts, changes and victims."""
