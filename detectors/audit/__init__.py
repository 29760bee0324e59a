"""Which rows of the register reports show to be wrong, and what is right instead."""
