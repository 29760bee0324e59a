"""The nearest road, crossing, site or district of a place, by number: whoever has the names says
them.

All of it is looked up in squares of the globe, so that a city's hundred thousand segments cost a
look at a few hundred.
"""
