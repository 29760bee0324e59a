"""Who may do what on the console: accounts, sessions, tokens, roles."""

from field.console.access.access import Access
from field.console.access.network.installing import install
from field.console.access.person import Admin, Dispatcher, Fielder, Person, Viewer, require

__all__ = ["Access", "Admin", "Dispatcher", "Fielder", "Person", "Viewer", "install", "require"]
