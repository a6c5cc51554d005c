"""Public retrieval benchmarks, run on the product's own index and search."""
