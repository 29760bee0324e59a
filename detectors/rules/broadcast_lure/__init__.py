"""The rule `broadcast_lure`."""
