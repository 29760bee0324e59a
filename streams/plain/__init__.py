"""A library of our own in Rust, for what is plain; where it isn't there, others read all."""
