"""Prints ten drafts of each kind by rules from a sample corpus, as they come, for people to look at.
Knows nothing about whether they are right.

    python -m benchmarks.draft_examples [CORPUS]"""

from __future__ import annotations

import sys

from benchmarks.peoples_sets import PROJECT, SEED
from workbench.corpus.corpus import load_corpus
from workbench.corpus.draft_types import RULE_KINDS
from workbench.drafting.draft_questions import draft_questions

COUNT, LONGEST = 10, 110  # drafts; characters of an answer


def main(corpus: str = "harbor-support") -> None:
    documents = load_corpus(corpus, PROJECT / "corpora").documents
    for kind in RULE_KINDS:
        drafts = draft_questions(documents, COUNT, kinds=[kind], seed=SEED).drafts
        print(f"#### {kind}\n\n| question | answer | document |\n|---|---|---|")
        for draft in drafts:
            answer = " ".join(draft.answers[0].split()) if draft.answers else "–"
            short = answer if len(answer) <= LONGEST else f"{answer[:LONGEST].rsplit(' ', 1)[0]} …"
            print(f"| {draft.question} | {short} | {draft.quotes[0].document} |".replace("_", "\\_"))
        print()


if __name__ == "__main__":
    main(*sys.argv[1:])
