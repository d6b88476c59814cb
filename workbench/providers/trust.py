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


def pairs_of(model: Model) -> list[Pair]:
    """The pairs that a model behind an address needs: one for each variable of a key."""
    address = Address.parse(model.base_url or "")
    origin = address.origin if address else str(model.base_url)
    return [(variable, origin) for variable in model.key_variables or ("",)]


def _find_bound_key(variable: str, address: Address) -> str | None:
    """The key that an entry VARIABLE@HOST binds to this host."""
    for host, key in find_bound_keys(variable).items():
        pattern = HostPattern.find(host)
        if pattern is not None and pattern.matches(address):
            return key
    return None


def find_key_of(model: Model) -> str | None:
    """A model's key: the one bound to its host, else its variable's; None when it is unset or not named."""
    return find_key_in(model.api_key_env, model)


def find_key_in(variable: str | None, model: Model) -> str | None:
    """What a variable holds for a model: what is bound to its host, else its value; None when it is unset."""
    address = Address.parse(model.base_url or "")
    bound = _find_bound_key(variable, address) if address and variable else None
    return bound or find_key(variable)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a user has confirmed. Without any pairs: what needs no confirmation."""

    pairs: frozenset[Pair] = frozenset()
    """Each confirmed pair."""

    @classmethod
    def of(cls, models: Iterable[Model], pairs: Iterable[Pair] = ()) -> Self:
        """Trust in the addresses of these models, which the user registered, and in further pairs."""
        served = (model for model in models if model.base_url is not None)
        return cls(frozenset([*(pair for model in served for pair in pairs_of(model)), *pairs]))

    def allows(self, model: Model) -> bool:
        """Whether a model's key, if it names one, and what it is asked may be sent to its address."""
        if model.base_url is None:  # code from outside has a permission of its own
            return True
        address = Address.parse(model.base_url or "")
        if address is None:
            return False
        if model.key_variables:
            return all(
                (variable, address.origin) in self.pairs
                or is_well_known(variable, address)
                or _find_bound_key(variable, address) is not None
                for variable in model.key_variables
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
                f"The address of model {model.name!r} is ambiguous.",
                hint="Write base_url in plain ASCII, such as https://api.example.com/v1.",
            )
        variables = " and ".join(model.key_variables)
        key = f"the key in {variables} and " if variables else ""
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
    error.pairs = tuple(dict.fromkeys(pair for model in models for pair in pairs_of(model)))
    return error
