"""Identifiers of people are hashed and masked."""
