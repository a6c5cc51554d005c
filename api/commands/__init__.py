"""The verbs of the command line. Each module imports what is heavy only inside its function."""
