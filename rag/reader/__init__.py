"""A small model that reads a question with what was found for it, and points at the answer."""
