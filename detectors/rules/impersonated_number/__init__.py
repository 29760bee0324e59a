"""The rule `impersonated_number`."""
