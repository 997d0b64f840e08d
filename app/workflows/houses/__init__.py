"""Houses that change: split (分户), merged (合户), sold (过户), and their co-owners (`money.md` 2 and 3)."""
