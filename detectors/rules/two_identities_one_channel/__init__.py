"""The rule `two_identities_one_channel`."""
