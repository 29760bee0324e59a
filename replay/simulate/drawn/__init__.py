"""Worlds of which every nuisance is drawn: parameters, their values, and the scenario of them."""
