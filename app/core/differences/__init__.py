"""Two wishes in, lines a person can read out. Pure."""
