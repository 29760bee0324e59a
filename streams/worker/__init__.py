"""The worker: both stages on Faust."""
