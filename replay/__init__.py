"""Traces: read, write, publish and pace, record, simulate, evaluate, and run without a broker."""
