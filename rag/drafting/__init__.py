"""Drafts of the second evaluation (二次評価): figures, flags and text from one sheet, no model."""
