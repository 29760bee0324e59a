"""An installation's profile as a file and as records of ``fbs.profile``."""
