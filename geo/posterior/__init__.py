"""From a probability on a grid to regions that hold the share of truths that they state."""
