"""Names the features of a unit, in the order in which rows of numbers hold them.
Knows nothing about how they are measured: features.py measures them."""

# Every row of features and every variant's file has this order. Raise VERSION when a feature's meaning
# changes.
FEATURES = (
    "cosine",  # of the question and the unit
    "cosine_place",  # the cosine minus the highest cosine of all units (0 = it is the highest)
    "overlap",  # idf-weighted share of the question's stems that the unit has
    "overlap_place",  # the overlap minus the highest overlap of all units
    "overlap_near",  # the same share over the unit and the one before it
    "overlap_passage",  # the same share over the whole passage and its title
    "bigrams",  # share of the question's pairs of adjacent stems that are adjacent in the unit
    "rank",  # 11 / (10 + the passage's rank from 1): 1 for the best passage
    "names",  # share of the question's capitalised words and numbers that the unit has
    "heading",  # idf-weighted share of the question's stems that its heading and lead have
    "type_hit",  # the question asks who, when, how many...: the unit has such a thing, and a new one
    "type_miss",  # ... the unit has none
    "new_words",  # ln(1 + the number of stems that are not in the question)
    "first",  # it is the first unit of its passage
    "pronoun",  # it begins with he, she, it, this...: its subject is elsewhere
    "question",  # it is a question
    "fragment",  # it begins or ends in mid-sentence
    "density",  # idf-weighted share of the unit's stems that are in the question
)
VERSION = 1
