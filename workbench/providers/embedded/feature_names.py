"""The features of a unit, by name: what a row of numbers and a variant's file hold, in order.
Knows nothing about how they are measured: features.py does."""

# In this order in every row and in every variant's file. Changing what one means: raise VERSION.
FEATURES = (
    "cosine",  # question and unit
    "cosine_place",  # this cosine against the highest among the candidates (0 = it is the highest)
    "overlap",  # idf-weighted share of the question's stems that the unit has
    "overlap_place",  # against the highest
    "overlap_near",  # the same share over the unit and the one before it
    "overlap_passage",  # the same share over the whole passage and its title
    "bigrams",  # share of the question's neighbouring stems that are neighbours in the unit
    "rank",  # 1 / (10 + rank of the passage), from 1, times 11: 1 for the best passage
    "names",  # share of the question's capitalised words and numbers in the unit
    "heading",  # idf-weighted share of the question's stems in heading and lead
    "type_hit",  # who, when, how many...: the unit has such a thing that the question lacks
    "type_miss",  # ... it has none
    "new_words",  # ln(1 + stems that are not in the question)
    "first",  # it opens its passage
    "pronoun",  # begins with he, she, it, this...: its subject is elsewhere
    "question",  # is itself a question
    "fragment",  # begins or ends in mid-sentence
    "density",  # idf-weighted share of the unit's stems that are in the question
)
VERSION = 1
