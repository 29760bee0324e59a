"""The rule `wangiri`."""
