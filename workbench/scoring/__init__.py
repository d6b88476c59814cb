"""Scores answers. Each score is a function of the question, the retrieved passages and the answer."""
