"""From desired, observed and history to what people see. Pure."""
