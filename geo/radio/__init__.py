"""Path loss, timing advance, bearings, and selection of phones that camp."""
