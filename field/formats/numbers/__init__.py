"""Numbers of alerts in the formats of other people's tools: CSV, STIX."""
