"""Says what served an experiment's models, where replies name something else or one thing for two models.
Knows nothing about servers: it reads the names in stored replies."""

from __future__ import annotations

from workbench.fingerprint import fingerprint
from workbench.space.model import Model
from workbench.store.database import Store
from workbench.store.experiments import get_experiment
from workbench.store.ledger import find_served_names


def describe_served(store: Store, experiment_id: str) -> list[str]:
    """One warning for each pair of models that stored replies say are one, in words."""
    models = [m for m in get_experiment(store, experiment_id).experiment.models if not m.embedded]
    if len({(m.base_url, m.model) for m in models}) < 2:
        return []
    by_name: dict[tuple[str, str], list[Model]] = {}
    for model in models:
        for served in find_served_names(store, fingerprint(model.content)):
            by_name.setdefault((str(model.base_url), served), []).append(model)
    warnings = []
    for (_, served), group in by_name.items():
        # An adapter that the body chooses leaves the name in the reply as it is.
        asked = {(m.model, repr(m.extra_body)) for m in group}
        if len({name for name, _ in asked}) > 1 and len({body for _, body in asked}) == 1:
            names = " and ".join(m.name for m in group)
            warnings.append(
                f"{names} were both answered by {served!r}, according to their server: they are one model, "
                "so differences between them are chance. Correct `model` of the one that is meant to be "
                "another."
            )
    return warnings
