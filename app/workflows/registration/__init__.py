"""机构注册 (manual 1.1): a company or an owners' committee enters by itself; a clerk confirms its papers."""
