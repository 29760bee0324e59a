"""Topics, the local broker, records between the stages."""
