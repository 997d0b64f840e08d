"""项目验收 (manual 1.5.1 step 7): settlement per item, in force with its notice."""
