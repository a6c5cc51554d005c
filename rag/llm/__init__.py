"""A language model behind an OpenAI-compatible address: asked under limits, believed never.

What it writes counts only after `rag.grounding` has found it in the documents.
"""
