"""Records in plain form, by a library of our own in Rust; where it isn't there, by nobody."""
