"""Figures of a report as SVG in the page: charts and a map, drawn without any library."""
