"""What `benchmarks.fraud_profile` is made of: a sample of subscribers, and shapes fitted to it."""
