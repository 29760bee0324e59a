"""The rule `group_surge`."""
