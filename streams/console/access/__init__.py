"""Who may do what on the console: accounts, sessions, tokens, roles."""

from streams.console.access.access import Access
from streams.console.access.installing import install
from streams.console.access.person import Person, in_person, require

__all__ = ["Access", "Person", "in_person", "install", "require"]
