"""Makes a corpus of one's own with drafts to review, beside the samples, which are read-only.
Knows nothing about what is looked at there."""

from __future__ import annotations

from workbench.corpus.corpus import copy_corpus
from workbench.drafting.draft_corpus import draft_corpus
from workbench.settings import Settings

NAME = "my-first-steps"
DRAFTS = 16


def make_own_corpus(settings: Settings) -> None:
    """Copy the small sample as NAME, and draft questions from its documents by rules."""
    copy_corpus(settings.corpora / "first-steps", settings.corpora, NAME)
    draft_corpus(settings, NAME, DRAFTS)
