"""A record as people read it: matrix, timeline, token strip, words."""
