"""Lists the embedded answerers that come with the program, as models to choose from.
Knows nothing about the store that offers them."""

from __future__ import annotations

import json

from workbench.providers.embedded.variant import BASE_NAME, shipped_variants, to_json
from workbench.space.model import Model


def shipped_models() -> list[Model]:
    """The shipped variants. A tuned one includes its weights, so that an export is complete."""
    return [
        Model(
            name=variant.name,
            parent=variant.parent if variant.name != BASE_NAME else None,
            variant=None if variant.name == BASE_NAME else json.loads(to_json(variant)),
            notes=f"Trained on {variant.trained_on.description}." if variant.trained_on.description else "",
        )
        for variant in shipped_variants().values()
    ]
