"""The rule `lost_area`."""
