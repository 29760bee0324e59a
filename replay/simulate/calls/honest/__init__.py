"""Honest callers: people, firms that look odd, and who comes in from abroad."""
