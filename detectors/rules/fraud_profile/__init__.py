"""The rule `fraud_profile`."""
