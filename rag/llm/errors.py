"""What can go wrong with a language model. Messages say what happened, not what was sent.

ModelError
├── ModelSettingsError      the settings contradict each other
├── ModelUnreachableError   no connection, or the server refused
├── ModelSlowError          a time limit passed
├── ModelReplyError         what came is no answer of a chat model, or too much of it
├── ModelBusyError          more people are waiting than the queue holds
├── ModelRestingError       it failed lately and is left alone for a while
└── ModelCancelledError     whoever asked has gone
"""

from rag.errors import ShioriError


class ModelError(ShioriError):
    code = "llm_error"


class ModelSettingsError(ModelError):
    code = "llm_settings"


class ModelUnreachableError(ModelError):
    code = "llm_unreachable"


class ModelSlowError(ModelError):
    code = "llm_slow"


class ModelReplyError(ModelError):
    code = "llm_reply"


class ModelBusyError(ModelError):
    code = "llm_busy"


class ModelRestingError(ModelError):
    code = "llm_resting"


class ModelCancelledError(ModelError):
    code = "llm_cancelled"
