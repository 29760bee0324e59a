"""The rule `template_burst`."""
