"""`network.changes` and `field.feedback`, which come one by one."""
