"""Alerts as they come from their topic, checked, and their life cycle."""
