"""Calls and numbers where they come together: findings become campaigns, campaigns alerts."""
