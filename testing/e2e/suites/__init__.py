"""The suites. Each module has `run(checks, context)`; `run.py` knows their order."""
