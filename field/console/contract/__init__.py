"""What may be asked of the console's API, and how what is not known is refused."""
