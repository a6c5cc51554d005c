"""Batches of drafts: one sheet after the other, kept as they are made. Free of HTTP."""
