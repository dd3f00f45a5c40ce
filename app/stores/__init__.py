"""Adapters: where desired state lives. Each implements `app.ports.store` and raises only the errors named there."""
