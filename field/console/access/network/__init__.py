"""Who connects: proxy, origin, headers, access log."""
