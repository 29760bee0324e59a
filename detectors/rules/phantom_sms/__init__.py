"""The rule `phantom_sms`."""
