"""An operator's own ranges of numbers, from a file, and what a plan says of single numbers."""
