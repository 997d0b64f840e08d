"""Uploaded files: checked by content, stored under made-up names, asked for by the lists of required attachments."""
