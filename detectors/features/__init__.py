"""What several rules stand on."""
