"""Training of the small extractive reader whose weights ship in `rag/reader/`: see README.md here.

Cases are built once, on the machine with the documents; training needs them, the bundled model and
PyTorch, and nothing else.
"""
