"""The audit trail as a chain of signed records: how consoles write it, and how it is examined."""
