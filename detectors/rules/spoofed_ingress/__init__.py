"""The rule `spoofed_ingress`."""
