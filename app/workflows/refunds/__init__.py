"""项目清退 (manual 1.5.4): money of a paid line that comes back, by a notice of the company or by itself (退汇)."""
