"""What the two models are asked to do with a question and its passages.
Knows nothing about which questions are asked."""

SYSTEM = "You answer questions about the documents, and only from the passages you are given."
_DECLINE = 'If the passages do not contain the answer, reply "I don\'t know."'
ASKED = {
    "concise": f"Answer in one sentence. {_DECLINE}",
    "short": f"Give a short answer: only the words that answer the question. {_DECLINE}",
    "list": f"Answer as a list of short points, one on each line. {_DECLINE}",
    "detailed": "Answer in detail, in two to five sentences.",
}
