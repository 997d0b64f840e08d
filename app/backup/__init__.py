"""The whole platform in one archive: database and files, taken while it works, proven when it is put back."""
