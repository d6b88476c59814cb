"""Lists the words that negate, in English and in other common languages.
Knows nothing about what they negate."""

from __future__ import annotations

ENGLISH = frozenset("no not never none nobody nothing neither nor without cannot hardly".split())
# With and without accents. Only words that mean nothing else in English, German or French, so no "sin".
OTHER_LANGUAGES = frozenset(
    (
        "nicht kein keine keinen keinem keiner keines nie niemals nirgends pas jamais aucun aucune nunca "
        "jamás jamas ningún ningun ninguna não nao nenhum nenhuma nessun nessuno nessuna niet geen nooit "
        "inte aldrig ikke aldri не нет нельзя никогда без nigdy bez değil degil"
    ).split()
)
NEGATIONS = ENGLISH | OTHER_LANGUAGES
