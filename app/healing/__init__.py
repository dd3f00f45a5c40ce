"""Healing: a cause becomes a remedy, the remedy is carried out through the gate, watched, and kept or undone."""
