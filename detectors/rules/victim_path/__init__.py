"""The rule `victim_path`."""
