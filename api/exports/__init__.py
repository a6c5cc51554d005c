"""Drafts of second evaluations as files: XLSX, DOCX, CSV, JSON."""
