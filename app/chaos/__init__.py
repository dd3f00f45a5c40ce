"""Chaos: faults on purpose, watched, measured and always taken back."""
