"""The rule `sms_burst`."""
