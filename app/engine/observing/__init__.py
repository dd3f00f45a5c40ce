"""What the runtimes show, kept true: the cache, who fills it, and what is reckoned from it."""
