"""Measuring answers: question files, judging rules, baselines, comparison, reports."""
