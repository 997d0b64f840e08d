"""异议 to a notice (`workflows.md` 5.3 rule 8): filed on the public page or at the window, answered in writing."""
