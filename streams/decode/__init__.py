"""Bytes become columns, or dead letters with a reason."""
