"""The page and the HTTP API. Chainlit draws the chat; everything it cannot do safely by itself is ours."""
