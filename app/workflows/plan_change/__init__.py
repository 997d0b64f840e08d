"""拨付计划变更 (workflows.md 1): contractor, planned dates, and phases that nothing has been applied for in."""
