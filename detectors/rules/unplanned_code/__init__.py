"""The rule `unplanned_code`."""
