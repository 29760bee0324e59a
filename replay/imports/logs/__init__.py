"""Logs of apps and tools, row by row, as messages: one module a tool.

Each says where its format was read, and what becomes of each column; docs/imports.md has it too.
"""
