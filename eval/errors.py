"""Errors a caller of the evaluation can expect. Messages are Japanese sentences.

ShioriError
└── EvaluationError
    ├── QuestionFileError    a question file cannot be read; names file and line
    ├── ResultFileError      a result file cannot be read or has another schema
    └── ConditionError       no condition of this name, or one that is ill-defined
"""

from rag.errors import ShioriError


class EvaluationError(ShioriError):
    code = "evaluation"


class QuestionFileError(EvaluationError):
    code = "question_file"


class ResultFileError(EvaluationError):
    code = "result_file"


class ConditionError(EvaluationError):
    code = "condition"
