"""What a zone keeps of ordinary reports, by site and cell."""
