"""The rule `wrong_channel`."""
