"""What the loop does to the world: effects that run beside it, each idempotent."""
