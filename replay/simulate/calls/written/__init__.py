"""What is written of a call world: records of switches, texts, reports, register and truth."""
