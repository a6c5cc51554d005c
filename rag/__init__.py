"""Retrieval and answers: text rules, registry, indexes, retrieval, extraction. Imports no sibling package."""
