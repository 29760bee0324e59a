"""The rule `class_misuse`."""
