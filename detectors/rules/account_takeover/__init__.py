"""The rule `account_takeover`."""
