"""Traces on disk: read, write, order of arrival."""
