"""Commands of run.py, one module each: `arguments(parser)` and `run(options) -> int`."""
