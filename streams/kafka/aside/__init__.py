"""Reading single partitions aside from the consumer group: for taking up state again."""
