"""What listens at ports: our own programs, and what channels lead to."""
