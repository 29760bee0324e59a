"""Rare messages, such as `network.changes` and `number.register`, which come one by one."""
