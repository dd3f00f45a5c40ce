"""Protocols between the rooms: the engine and the tools know these, the adapters implement them."""
