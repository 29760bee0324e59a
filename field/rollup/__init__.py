"""The roll-up as programs on Kafka: a province's, the nation's, and MirrorMaker's settings."""
