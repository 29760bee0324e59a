"""Questions to the register of cells that phones receive, by our own library."""
