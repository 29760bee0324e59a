"""What a scenario asks for, kind by kind."""
