"""How our library draws samples of reports."""
