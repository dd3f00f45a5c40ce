"""The shell of the core: asynchronous, sees ports only. Desired and observed come together here, for ever."""
