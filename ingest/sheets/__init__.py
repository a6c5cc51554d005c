"""Evaluation sheets (事務事業評価調書) from XLSX, CSV and JSON into records, every value with its cell."""
