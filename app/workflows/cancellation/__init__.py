"""撤销项目 (manual 1.5.5): what a cancellation notice stops, when 撤销 is open, and all that it ends."""
