"""Reports of phones as columns."""
