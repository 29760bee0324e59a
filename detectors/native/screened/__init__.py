"""Steps of screening that go from row to row: those of our own library, and how they are called."""
