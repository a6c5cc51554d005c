"""From files to pages, structure and chunks in the index."""
