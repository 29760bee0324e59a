"""The rule `vanish_and_return`."""
