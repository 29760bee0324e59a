"""Any CSV, by a mapping file that says which column is which field, in which unit."""
