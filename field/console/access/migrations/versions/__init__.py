"""One file for each version of the accounts' database."""
