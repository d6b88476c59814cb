"""Recognises API keys by their shape or by the name they stand under, and takes them out of texts.
Knows nothing about models: space/model_input.py refuses keys by it, and messages are redacted by it."""

from __future__ import annotations

import re

HIDDEN = "[key]"
# Prefixes by which providers' keys can be told, tokens of sign-ins (JWT), and what follows "Bearer".
_SHAPE = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"(?:sk|pk|rk|gsk|csk)[-_][A-Za-z0-9_-]{6,}"
    r"|(?:xai|pplx|nvapi|jina|tgp|r8|hf|ghp|gho|ghu|ghs|glpat|github_pat|dapi|lsv2|fw|xox[abp])[-_]"
    r"[A-Za-z0-9_-]{14,}"
    r"|dapi[0-9a-f]{32}|pa-[A-Za-z0-9_-]{30,}"
    r"|AIza[A-Za-z0-9_-]{16,}|(?:AKIA|ASIA)[A-Z0-9]{12,}|ya29\.[A-Za-z0-9_-]{16,}"
    r"|eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?"
    r"|[Bb]earer\s+[A-Za-z0-9._~+/=-]{6,}"
    r")"
)
# No variable is called like this: letters and digits in one run, as random text is.
_RANDOM = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])(?=(?:[A-Za-z]*[0-9]){3})[A-Za-z0-9]{20,}")
# Names of parameters, headers and settings whose value is a secret.
_SECRET_NAME = re.compile(
    r"key|auth|.*(?:api|access|auth|secret|subscription|private|client|function)s?[-_]?key"
    r"|(?:.*(?:access|auth|bearer|refresh|api|id|session|security)[-_]?)?token|.*secret|.*passw(?:or)?d"
    r"|.*authorization|.*credentials?|.*cookie",
    re.IGNORECASE,
)


def has_key_shape(text: str) -> bool:
    """Whether a text holds something of the shape of a key."""
    return _SHAPE.search(text) is not None


def is_key_not_name(text: str) -> bool:
    """Whether what should be the name of a variable is a key itself."""
    return has_key_shape(text) or _RANDOM.search(text) is not None


def names_secret(name: str) -> bool:
    """Whether the value under this name of a parameter or a header is a key or a password."""
    return _SECRET_NAME.fullmatch(name.strip()) is not None


def hide_keys(text: str) -> str:
    """The text without anything of the shape of a key."""
    return _SHAPE.sub(HIDDEN, text)
