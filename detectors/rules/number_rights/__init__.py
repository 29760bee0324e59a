"""The rule `number_rights`."""
