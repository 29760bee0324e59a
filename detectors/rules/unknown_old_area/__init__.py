"""The rule `unknown_old_area`."""
