"""What an installation of a given size needs, worked out from measured costs."""
