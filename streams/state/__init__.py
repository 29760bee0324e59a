"""A correlator's state on ``fbs.correlators``: its form, how it is found again, what people ask."""
