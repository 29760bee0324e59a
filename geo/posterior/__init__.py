"""From likelihood to a region that holds what it promises."""
