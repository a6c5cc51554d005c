"""No dependency may report home or look for a newer model."""

import os

_SWITCHES = {
    "ANONYMIZED_TELEMETRY": "False",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "ORT_DISABLE_TELEMETRY": "1",
}


def forbid_telemetry() -> None:
    """Set before the libraries are imported; overrides what the environment says."""
    os.environ.update(_SWITCHES)
