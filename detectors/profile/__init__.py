"""What an installation has learned: how old it is, and its memory beyond one run."""
