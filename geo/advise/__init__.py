"""Where the next measurement is expected to reduce uncertainty most."""
