"""The pure heart: no I/O, no clock, no randomness, no logging, no asyncio; functions of their inputs only."""
