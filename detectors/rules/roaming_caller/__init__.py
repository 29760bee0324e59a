"""The rule `roaming_caller`."""
