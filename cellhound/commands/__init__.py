"""The commands, by subject: each imports the rooms that it needs when it is called."""
