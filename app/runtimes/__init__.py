"""Adapters: where containers run. Each implements `app.ports.runtime` and raises only its error kinds."""
