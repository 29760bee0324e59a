"""How brokers are talked to safely: TLS, who we are, and what each of our programs may do."""
