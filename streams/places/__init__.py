"""Named roads, places and districts from the operator's files, to say in words where alerts are."""
