"""How programs with a port take connections: how many, how long, what is kept free for Kafka."""
