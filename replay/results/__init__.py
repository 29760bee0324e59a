"""What `import cellhound` offers: detection, simulation and scores, with frames, plots and pages.

It does what the commands do, by the same code, and needs no broker. Data frames need pandas or
polars, plots matplotlib; both are extras, and asked for only where they are used.
"""
