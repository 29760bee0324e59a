"""What a zone knows beside its incidents: census, attestation by the core, announcements,
verdicts."""
