"""Decides which key, and whether any document or question, may be sent to the address of a model.
Knows nothing about where confirmations are stored. docs/trust.md says the rules in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Self

from workbench.errors import HostNotConfirmed
from workbench.settings import find_bound_keys, find_key
from workbench.space.address import Address, HostPattern
from workbench.space.model import Model
from workbench.space.well_known_hosts import is_well_known

Pair = tuple[str, str]
"""(variable, origin): the variable of a key, "" without one, and the address that may get it."""


def pair_of(model: Model) -> Pair:
    """The pair that a model behind an address needs."""
    address = Address.parse(model.base_url or "")
    return model.api_key_env or "", address.origin if address else str(model.base_url)


def _find_bound_key(model: Model, address: Address) -> str | None:
    """The key that an entry VARIABLE@HOST binds to this model's host."""
    for host, key in find_bound_keys(model.api_key_env or "").items():
        pattern = HostPattern.find(host)
        if pattern is not None and pattern.matches(address):
            return key
    return None


def find_key_of(model: Model) -> str | None:
    """A model's key: the one bound to its host, else its variable's; None when it is unset or not named."""
    address = Address.parse(model.base_url or "")
    bound = _find_bound_key(model, address) if address and model.api_key_env else None
    return bound or find_key(model.api_key_env)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a user has confirmed. Without any pairs: what needs no confirmation."""

    pairs: frozenset[Pair] = frozenset()
    """Each confirmed pair."""

    @classmethod
    def of(cls, models: Iterable[Model], pairs: Iterable[Pair] = ()) -> Self:
        """Trust in the addresses of these models, which the user registered, and in further pairs."""
        return cls(frozenset([*(pair_of(m) for m in models if m.base_url), *pairs]))

    def allows(self, model: Model) -> bool:
        """Whether a model's key, if it names one, and what it is asked may be sent to its address."""
        if model.base_url is None:  # code from outside has a permission of its own
            return True
        address = Address.parse(model.base_url or "")
        if address is None:
            return False
        if model.api_key_env:
            return (
                pair_of(model) in self.pairs
                or is_well_known(model.api_key_env, address)
                or _find_bound_key(model, address) is not None
            )
        return (
            address.on_this_machine
            or is_well_known(None, address)
            or any(origin == address.origin for _, origin in self.pairs)
        )

    def refuse(self, models: Iterable[Model]) -> list[Model]:
        """The models to whose addresses nothing may be sent yet."""
        return [model for model in models if not self.allows(model)]

    def require(self, models: Iterable[Model]) -> None:
        """Raise HostNotConfirmed when something may not be sent yet. Call it before anything is."""
        refused = self.refuse(models)
        if refused:
            raise not_confirmed(refused)


ONLY_WELL_KNOWN = Trust()
"""Trust in what needs no confirmation."""


def choose(models: Sequence[Model], hosts: Sequence[str]) -> list[Model]:
    """The models whose addresses these hosts stand for. Raises InputError for a host of none of them."""
    chosen = []
    addresses = [(m, a) for m in models if (a := Address.parse(m.base_url or "")) is not None]
    for host in hosts:
        pattern = HostPattern.parse(host)
        matching = [model for model, address in addresses if pattern.matches(address)]
        if not matching:
            named = ", ".join(dict.fromkeys(address.argument for _, address in addresses)) or "none"
            raise HostNotConfirmed(
                f"None of the models is at {host!r}, so nothing would be sent there.",
                hint=f"Their hosts are: {named}.",
            )
        chosen.extend(matching)
    return chosen


def not_confirmed(models: Sequence[Model]) -> HostNotConfirmed:
    """The error for models whose hosts are not confirmed: each host, what it would get, and the remedy."""
    lines, hosts = [], []
    for model in models:
        address = Address.parse(model.base_url or "")
        if address is None:
            return HostNotConfirmed(
                f"The address of model {model.name!r} cannot be read with certainty.",
                hint="Write base_url in plain ASCII, such as https://api.example.com/v1.",
            )
        key = f"the key in {model.api_key_env} and " if model.api_key_env else ""
        open_line = (
            " (without encryption)" if address.scheme == "http" and not address.in_local_network else ""
        )
        lines.append(
            f"{address.origin}{open_line} would get {key}what model {model.name!r} is asked, "
            f"and you have not confirmed that host{' for this key' if key else ''}."
        )
        hosts.append(address.argument)
    allowing = " ".join(f"--trust {host}" for host in dict.fromkeys(hosts))
    error = HostNotConfirmed(
        "\n".join([*dict.fromkeys(lines), "Nothing was sent."]),
        hint=f"If you want that, allow it in the app or with {allowing}; the answer is remembered.",
        remedy=("trust_hosts", allowing),
    )
    error.pairs = tuple(dict.fromkeys(pair_of(model) for model in models))
    return error
