"""Figures for Prometheus, and probes: what a process counts of itself, and how it is asked."""
