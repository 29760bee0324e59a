"""The rule `sim_box`."""
