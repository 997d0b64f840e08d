"""收益交款 and 收益分摊 (manual 1.4): income of an area's common parts, paid in by notice, spread over its houses."""
