"""Arrow IPC streams and tables to raw rows: how large a stream is first, then what it holds."""
