"""Controllers beside the main loop: they change wishes, ask probes, and keep balancers."""
