"""The cell register from CSV and from its topic."""
