"""设施设备 (manual 1.6.1): added, changed, moved, retired and read from lists."""
