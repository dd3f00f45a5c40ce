"""What a template takes from ConfigMaps, Secrets and its own pod, resolved before a start. Pure."""
