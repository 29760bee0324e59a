"""The rule `failed_handover`."""
