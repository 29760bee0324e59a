"""The gateway: what apps report one by one, by HTTP or on standard input, to Kafka in batches."""
