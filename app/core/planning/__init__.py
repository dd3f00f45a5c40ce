"""From desired, observed and history to the next actions of one app, and the rules no plan may break. Pure."""
