"""From provinces to the nation: what goes up, how it is put together, and what comes down."""
