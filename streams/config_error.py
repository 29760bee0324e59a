"""The one error for settings that can't be used, below all that reads settings."""


class ConfigError(Exception):
    """The configuration can't be used; the text lists every problem with its path."""
