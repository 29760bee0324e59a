"""The rule `phishing_domain`."""
