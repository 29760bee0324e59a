"""Feeds: alerts for other people's programs, by addresses that somebody hands on."""
