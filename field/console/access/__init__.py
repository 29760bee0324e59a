"""Who may do what on the console: accounts, sessions, tokens, roles."""

from field.console.access.access import Access
from field.console.access.network.installing import install
from field.console.access.person import Person, in_person, require

__all__ = ["Access", "Person", "in_person", "install", "require"]
