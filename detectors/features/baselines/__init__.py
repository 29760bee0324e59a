"""What is usual: scan statistics, level profiles, device offsets."""
