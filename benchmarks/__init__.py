"""Figures of the budgets (DESIGN 9), measured, never asserted in tests. Run one with `python -m benchmarks.NAME`."""
