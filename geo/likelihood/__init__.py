"""How well a place explains reports."""
