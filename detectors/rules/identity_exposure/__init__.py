"""The rule `identity_exposure`."""
