"""Levels of cells that travel together: most of what screening lets through."""
