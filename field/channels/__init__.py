"""Channels: each takes alerts from their topic and puts them into somebody's hands."""
