"""Scenarios as YAML."""
