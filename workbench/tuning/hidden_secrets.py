"""Takes the secrets of the environment out of what a training or a worker prints.
Knows nothing about the process that prints it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import unquote, urlsplit

from workbench.input.key_shapes import HIDDEN, has_key_shape, names_secret

_LAST_WORDS = ("key", "token", "secret", "password", "passwd", "pass", "pwd", "credentials")
"""What the names of variables end in, after a "_", that hold a secret: HF_TOKEN, WANDB_API_KEY."""
SHORTEST = 6
"""Characters; a shorter value is more likely a word than a secret."""


def find_secrets(environment: Mapping[str, str], *names_of_keys: str | None) -> tuple[bytes, ...]:
    """The values that are secrets, by the names of their variables or by their shapes, and the passwords
    within addresses; the longest first.

    names_of_keys: variables that are known to hold one; None stands for none.
    """
    found = {
        value
        for name, value in environment.items()
        if name in names_of_keys or _is_secret(name) or has_key_shape(value)
    }
    found.update(password for value in environment.values() for password in _passwords_in(value))
    found = {secret for secret in found if len(secret) >= SHORTEST}
    return tuple(sorted((value.encode(errors="surrogateescape") for value in found), key=len, reverse=True))


def _is_secret(name: str) -> bool:
    return names_secret(name) or name.lower().rpartition("_")[2] in _LAST_WORDS


def _passwords_in(value: str) -> set[str]:
    """The password of an address such as postgresql://user:password@host, as it stands there and decoded."""
    with suppress(ValueError):
        password = urlsplit(value).password if "://" in value else None
        return {password, unquote(password)} if password else set()
    return set()


def hide_secrets(line: bytes, secrets: Sequence[bytes]) -> bytes:
    for secret in secrets:
        line = line.replace(secret, HIDDEN.encode())
    return line
