"""Where an incident is: from its observations to a position."""
