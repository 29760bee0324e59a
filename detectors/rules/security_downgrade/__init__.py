"""The rule `security_downgrade`."""
