"""What rules of calls share: numbers as the book has them, and what a finding is about."""
