"""Second factors of accounts: codes by time, recovery codes, how they are set up and taken away."""
