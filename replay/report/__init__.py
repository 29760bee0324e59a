"""The outcome of a run as one page to read, print and keep: map, alerts, evidence, figures."""
