"""The numbering plans that ship: the world's, and China's own table."""
