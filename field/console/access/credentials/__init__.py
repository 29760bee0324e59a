"""Passwords, tokens, sessions, signed links."""
