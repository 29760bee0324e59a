"""Scenarios as YAML: the city, its people, rogues, teams and happenings, and loading them."""
