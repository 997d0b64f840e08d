"""业务单 (workflows.md 1): one machine for every kind; what a kind adds stands in `kinds.py`."""
