"""Path loss, timing advance, bearings, and what receivers read high or low."""
