"""Traces to Kafka and back."""
