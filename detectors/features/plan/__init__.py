"""What the register plans: codes, sites, cells that are not listed."""
