"""How our library numbers what reports name: phones, cells, tiles and places."""
