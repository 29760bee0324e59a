"""What a scenario may ask for: a class for each happening, in files by what it touches."""
