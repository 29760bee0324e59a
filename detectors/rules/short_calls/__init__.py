"""The rule `short_calls`."""
