"""Simulated field teams."""
