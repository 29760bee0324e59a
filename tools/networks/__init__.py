"""Makes the table of networks' names that ships."""
