"""The baseline: a file of failures that are known, each with a reason, so that a CI sees what is new."""
