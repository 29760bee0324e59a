"""What workers know of each other by their signs of life."""
