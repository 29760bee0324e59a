"""The guard: a record on which decoding hangs, or which ends whoever decodes it, becomes a dead
letter, and no other does."""
