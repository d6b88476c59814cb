"""Parses YAML that may come from anybody, within limits on its size, depth and aliases.
Knows nothing about what the files mean. Every error names the file and, where there is one, the line."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.composer import Composer
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, ScalarEvent
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.scalarbool import ScalarBoolean

from workbench.errors import ExperimentError
from workbench.input.key_shapes import hide_keys
from workbench.input.plain_data import DEEPEST

MOST_CHARACTERS = 4_000_000
"""The most characters of a file, and of its texts once every alias is replaced by what it stands for."""
MOST_VALUES = 50_000
"""The most values (keys, texts, numbers, lists and mappings) of a file, once every alias is replaced."""
LONGEST_NUMBER = 400
"""The most characters of a number."""
NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
CORE_TAGS = frozenset(
    f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")
)
"""The tags that a file may use; others ask a parser to build objects."""


class _Refused(MarkedYAMLError):
    """Valid YAML that is refused."""


class _LimitedComposer(Composer):
    """Counts what the document would hold if each alias were replaced by a copy of what it stands for."""

    def __init__(self, loader: Any = None) -> None:
        super().__init__(loader)
        self.warn_double_anchors = False
        self._values = self._characters = 0
        self._size_of_anchor: dict[str, tuple[int, int]] = {}

    def compose_node(self, parent: Any, index: Any) -> Any:
        event = self.parser.peek_event()
        before = self._values, self._characters
        if isinstance(event, AliasEvent):
            if event.anchor in self.anchors and event.anchor not in self._size_of_anchor:
                raise _Refused(None, None, f"the alias *{event.anchor} refers to itself", event.start_mark)
            values, characters = self._size_of_anchor.get(event.anchor, (0, 0))
        else:
            tag = getattr(event, "ctag", None)
            if tag is not None and str(tag) not in ("None", "!", *CORE_TAGS):
                raise _Refused(None, None, f"the tag {str(tag)[:80]!r} is not allowed", event.start_mark)
            self._size_of_anchor.pop(event.anchor, None)
            values, characters = 1, len(event.value) if isinstance(event, ScalarEvent) else 0
        self._values += values
        self._characters += characters
        if self._values > MOST_VALUES or self._characters > MOST_CHARACTERS:
            limit = f"{MOST_VALUES:,} values and {MOST_CHARACTERS:,} characters"
            raise _Refused(None, None, f"the file is too large: the limit is {limit}", event.start_mark)
        node = super().compose_node(parent, index)
        if isinstance(event, ScalarEvent) and len(event.value) > LONGEST_NUMBER and str(node.tag) in NUMBERS:
            raise _Refused(None, None, "a number has too many digits", event.start_mark)
        if not isinstance(event, AliasEvent) and event.anchor is not None:
            self._size_of_anchor[event.anchor] = (
                self._values - before[0],
                self._characters - before[1],
            )
        return node


class _Constructor(RoundTripConstructor):
    """Keeps a date as the text that was written, and says where a value is that cannot be made."""

    def construct_object(self, node: Any, deep: bool = False) -> Any:
        try:
            return super().construct_object(node, deep)
        except YAMLError:
            raise
        except Exception as error:  # such as a ValueError for `!!int abc`
            raise _Refused(None, None, f"this value is not valid ({error})"[:200], node.start_mark) from None


def _as_written(constructor: Any, node: ScalarNode) -> str:
    return str(node.value)


_Constructor.add_constructor("tag:yaml.org,2002:timestamp", _as_written)


def parse_yaml(text: str, where: str) -> Any:
    """Parse YAML 1.2, keeping line numbers; dates stay texts.

    where: the file's name, for messages.

    Raises ExperimentError, which names file and line, for anything that is not valid YAML or is refused:
    aliases that multiply or that stand inside themselves, deep nesting, tags, duplicate keys, a huge file.
    """
    if len(text) > MOST_CHARACTERS:
        raise ExperimentError(
            f"{where}: the file has {len(text):,} characters; the limit is {MOST_CHARACTERS:,}."
        )
    parser = YAML(typ="rt")
    parser.Composer = _LimitedComposer
    parser.Constructor = _Constructor
    parser.allow_duplicate_keys = False
    parser.max_depth = DEEPEST
    try:
        return parser.load(text)
    except MarkedYAMLError as error:
        raise ExperimentError(_explain(error, where)) from None
    except YAMLError as error:
        raise ExperimentError(
            f"{where}: this is not valid YAML: {hide_keys(str(error).splitlines()[0])}"
        ) from None
    except Exception as error:  # the parser meets some invalid files with errors of all kinds
        reason = hide_keys(str(error).split("\n")[0]) or type(error).__name__
        raise ExperimentError(f"{where}: this is not valid YAML: {reason[:200]}.") from None


def _explain(error: MarkedYAMLError, where: str) -> str:
    mark = error.problem_mark
    at = f"{where}:{mark.line + 1}" if mark is not None else where
    reason = hide_keys(str(error.problem).split("\n")[0])
    if reason.startswith("maximum depth"):
        reason = f"it is nested too deeply (more than {DEEPEST} levels)"
    if isinstance(error, _Refused):
        return f"{at}: {reason}."
    return f"{at}: this is not valid YAML: {reason}."


def to_plain(value: Any) -> Any:
    """Parsed YAML without the parser's own classes."""
    if isinstance(value, dict):
        return {str(k): to_plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [to_plain(v) for v in value]
    if isinstance(value, ScalarBoolean):  # a boolean with an anchor, which is an int to Python
        return bool(value)
    if isinstance(value, bool) or value is None:
        return value
    for kind in (int, float, str):
        if isinstance(value, kind):
            return kind(value)
    return str(value)
