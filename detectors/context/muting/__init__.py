"""What verdicts mute: what teams ruled out, near where they did."""
