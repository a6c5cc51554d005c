"""Scores answers and retrieval on question sets, and compares runs."""
