"""What is taken from the topics into the store."""
