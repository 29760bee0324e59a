"""The rule `malformed_caller`."""
