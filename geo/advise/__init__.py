"""Where the next measurement would tell most."""
