"""Evidence bundles: all that stands behind an alert in one file, with digests, for those who act on
it and for those who check afterwards."""
