"""The brokers that were started for this user on this computer, wherever their data lies."""
