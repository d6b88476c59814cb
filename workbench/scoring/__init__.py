"""Scores of an answer: each a pure function of what was asked, retrieved and answered."""
