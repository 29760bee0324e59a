"""The Rao-Blackwellised particle filter."""
