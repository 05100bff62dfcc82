"""Uploads 断点续传: planned, begun, appended to piece by piece, and joined into a photo."""
