"""A library of our own in Rust, for steps of which each record would cost Python a microsecond and
more; where it isn't there, the same is done without it."""
