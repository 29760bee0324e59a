"""The rule `unexpected_old_area`."""
