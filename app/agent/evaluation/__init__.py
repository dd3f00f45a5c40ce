"""The product against a corpus: requests through the real agent over a world that holds still, manifests through the
parser. Writes answers for the corpus's own scorer; nothing here knows what would be right."""
