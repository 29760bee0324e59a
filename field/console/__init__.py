"""The field teams' console: a store built from the topics, an API over it, and the page."""
