"""What captured phones leave behind: reports, texts, complaints, and their return."""
