"""The prompts and models that experiments name, and where each was used.
Knows nothing about what a model answered."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from workbench.parts.retrieval_settings import DEFAULT_EMBEDDING
from workbench.providers.prices import describe_price, find_price
from workbench.providers.trust import Pair, find_key_of, pairs_of
from workbench.results import usage
from workbench.results.optimised_prompts import OptimisedPrompts, find_optimised_named
from workbench.settings import Settings
from workbench.space.model import Model
from workbench.space.prompt import Prompt
from workbench.store import catalogue, confirmed_hosts
from workbench.store.catalogue import PromptVersion, StoredModel
from workbench.store.database import Store

GUIDE = Path(__file__).parents[3] / "docs" / "embedded-answerer.md"


@dataclass(frozen=True)
class Catalogue:
    """The prompts and models that experiments name."""

    store: Store
    settings: Settings
    """Folders, prices and limits."""

    def count_uses(self, item: Prompt | Model) -> int:
        """Return in how many experiments a prompt's text, or a model of this name, was used."""
        return usage.count_uses(self.store, item)

    def find_uses(self, item: Prompt | Model, *, offset: int = 0, limit: int = 5) -> list[usage.Use]:
        return usage.find_uses(self.store, item, offset=offset, limit=limit)

    def last_uses(self, models: list[Model]) -> dict[str, tuple[usage.Use, int]]:
        """Return model's name → (its result in the newest experiment that used it, the number of
        experiments)."""
        return usage.last_uses(self.store, models)

    def list_prompts(self, *, hidden: bool = False) -> list[Prompt]:
        return catalogue.list_prompts(self.store, hidden=hidden)

    def list_versions(self, name: str) -> list[Prompt]:
        return catalogue.list_versions(self.store, name)

    def list_all_versions(self) -> list[Prompt]:
        """Return every version of every prompt that is not hidden, by name, oldest first."""
        return catalogue.list_all_versions(self.store)

    def list_family(self, name: str) -> list[PromptVersion]:
        """Return every version of a prompt, and of those that it was made from or that were made from it."""
        return catalogue.list_family(self.store, name)

    def find_optimised(self, labels: list[str]) -> list[OptimisedPrompts]:
        """Return the optimisations that made any of these versions, newest first."""
        return find_optimised_named(self.store, labels)

    def save_prompt(self, prompt: Prompt) -> Prompt:
        return catalogue.add_prompt(self.store, prompt)

    def hide_prompt(self, name: str, hidden: bool = True) -> None:
        catalogue.hide_prompt(self.store, name, hidden)

    def list_models(self) -> list[StoredModel]:
        return catalogue.list_models(self.store)

    def shipped_embedding(self) -> Model:
        """Return the embedding model that comes with the workbench and need not be registered."""
        return catalogue.get_model(self.store, DEFAULT_EMBEDDING)

    def save_model(self, model: Model, *, replace: bool = True) -> None:
        catalogue.save_model(self.store, model, replace=replace)

    def remove_model(self, name: str) -> None:
        catalogue.remove_model(self.store, name)

    def find_unconfirmed(self, model: Model) -> list[Pair]:
        """Return what must be confirmed before anything is sent to the model's address: [] for nothing."""
        from workbench.calls.trusted_hosts import load_trust

        return [pair for refused in load_trust(self.store).refuse([model]) for pair in pairs_of(refused)]

    def confirm_hosts(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Remember the user's yes: each address may get what models there are sent, with the key in the
        variable before it ("" for no key)."""
        confirmed_hosts.confirm(self.store, pairs)

    def answerer_guide(self) -> str:
        """Return the guide to the embedded answerer, as trusted Markdown."""
        return GUIDE.read_text(encoding="utf-8")

    def price_of(self, model: Model) -> str:
        return describe_price(find_price(model, self.settings.compute_usd_per_hour))

    def has_price(self, model: Model) -> bool:
        return find_price(model, self.settings.compute_usd_per_hour) is not None

    def key_is_set(self, model: Model) -> bool | None:
        """Return whether the model's API key is set; None if it needs none.

        The key itself never leaves settings.
        """
        return None if model.api_key_env is None else find_key_of(model) is not None
