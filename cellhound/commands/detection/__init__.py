"""Detection on a trace without a broker, and how good its alerts are."""
