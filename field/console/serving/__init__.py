"""How the console takes connections: how many, how long, and what is kept free for Kafka."""
