"""How an alert gets out: filter, debounce, outbox, log."""
