"""What people see and touch: console, channels, formats, evidence, doctor."""
