"""The register audited by a trace's measurements, or by what a running installation counts."""
