"""项目立项 (manual 1.5.1 step 4): the initiation application's own rules and effects."""
