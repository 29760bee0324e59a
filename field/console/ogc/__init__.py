"""OGC API Features, by which QGIS, GDAL and others read from here.

Parts 1 (core, GeoJSON), 2 (coordinate reference systems) and of part 3 the queryables;
schemas as the draft of part 5 describes them, and as XML Schema beside, since GDAL takes integers
of a JSON schema for such of 32 bits, and cells of NR have 36.
"""
