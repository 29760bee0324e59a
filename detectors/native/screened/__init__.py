"""Steps of screening that go from report to report, by our own library."""
