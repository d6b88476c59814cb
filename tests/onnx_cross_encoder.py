"""Writes a real cross-encoder in ONNX: the shipped encoder, with a graph around it that scores a pair of texts.
Knows nothing about the workbench. The score is the cosine of the two halves, scaled to a logit.

An ONNX file is a protobuf message, and messages of one type that stand one after the other are merged. So the
graph's nodes and weights are copied as they are; only the names of its inputs change, and nodes are added before
and after them.
"""

from __future__ import annotations

import json
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path

ENCODER = Path(__file__).parent.parent / "workbench" / "providers" / "embedded" / "minilm"
INT64, FLOAT = 7, 1
# Fields of ModelProto, GraphProto, NodeProto, AttributeProto, TensorProto and ValueInfoProto.
GRAPH, NODE, INITIALIZER, INPUT, OUTPUT = 7, 1, 5, 11, 12
RENAMED = {b"input_ids": b"both_ids", b"attention_mask": b"both_masks"}


def write_cross_encoder(folder: Path, *, scale: float = 10.0, place: str = "model.onnx") -> Path:
    """A folder with a cross-encoder. scale: of the cosine, which becomes the logit."""
    graph = b"".join([*_split_pair(), *_encoder_nodes(), *_compare_halves(scale)])
    for name in ("input_ids", "attention_mask", "token_type_ids"):
        graph += _message(INPUT, _value_info(name, INT64, "pairs", "length"))
    return _write(folder, graph + _message(OUTPUT, _value_info("logits", FLOAT, "pairs", 1)), place)


def write_encoder(folder: Path) -> Path:
    """A folder whose model embeds single texts, and so is no cross-encoder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("model.onnx", "tokenizer.json"):
        shutil.copy(ENCODER / name, folder)
    return folder


def _write(folder: Path, graph: bytes, place: str) -> Path:
    (folder / place).parent.mkdir(parents=True, exist_ok=True)
    rest = [whole for number, whole, _ in _fields((ENCODER / "model.onnx").read_bytes()) if number != GRAPH]
    (folder / place).write_bytes(b"".join(rest) + _message(GRAPH, graph))
    shutil.copy(ENCODER / "tokenizer.json", folder)
    (folder / "tokenizer_config.json").write_text(json.dumps({"model_max_length": 128}))
    return folder


def _encoder_nodes() -> Iterator[bytes]:
    """The shipped graph without its inputs and outputs; its nodes read `both_ids` and `both_masks`."""
    [graph] = [
        content for number, _, content in _fields((ENCODER / "model.onnx").read_bytes()) if number == GRAPH
    ]
    for number, whole, content in _fields(graph):
        if number == NODE:
            yield _message(NODE, b"".join(_renamed(*field) for field in _fields(content)))
        elif number not in (INPUT, OUTPUT):
            yield whole


def _renamed(number: int, whole: bytes, content: bytes) -> bytes:
    return _message(1, RENAMED[content]) if number == 1 and content in RENAMED else whole


def _split_pair() -> Iterator[bytes]:
    """The pairs twice: once with a mask for the first text, once with one for the second."""
    yield _node("Mul", ("attention_mask", "token_type_ids"), ("mask_of_second",))
    yield _node("Sub", ("attention_mask", "mask_of_second"), ("mask_of_first",))
    yield _node("Concat", ("mask_of_first", "mask_of_second"), ("both_masks",), axis=0)
    yield _node("Concat", ("input_ids", "input_ids"), ("both_ids",), axis=0)


def _compare_halves(scale: float) -> Iterator[bytes]:
    axis = b"\x08" + _varint(1) + b"\x10" + _varint(INT64) + _message(8, b"last_axis")
    axis += _message(9, struct.pack("<q", 1))
    factor = b"\x10" + _varint(FLOAT) + _message(8, b"scale") + _message(9, struct.pack("<f", scale))
    yield _message(INITIALIZER, axis)
    yield _message(INITIALIZER, factor)
    yield _node("Split", ("embedding",), ("first", "second"), axis=0)
    yield _node("Mul", ("first", "second"), ("products",))
    yield _node("ReduceSum", ("products", "last_axis"), ("cosine",))
    yield _node("Mul", ("cosine", "scale"), ("logits",))


def _node(kind: str, inputs: tuple[str, ...], outputs: tuple[str, ...], axis: int | None = None) -> bytes:
    content = b"".join(_message(1, name.encode()) for name in inputs)
    content += b"".join(_message(2, name.encode()) for name in outputs) + _message(4, kind.encode())
    if axis is not None:  # an attribute: name (1), integer (3), type INT (20)
        content += _message(5, _message(1, b"axis") + b"\x18" + _varint(axis) + _varint(20 << 3) + _varint(2))
    return _message(NODE, content)


def _value_info(name: str, element: int, *sizes: str | int) -> bytes:
    dimensions = b"".join(
        _message(1, _message(2, size.encode()) if isinstance(size, str) else b"\x08" + _varint(size))
        for size in sizes
    )
    tensor = b"\x08" + _varint(element) + _message(2, dimensions)
    return _message(1, name.encode()) + _message(2, _message(1, tensor))


# --- protobuf's wire format ---------------------------------------------------------------------------------


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 127:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes([*out, value])


def _message(number: int, content: bytes) -> bytes:
    """A field that holds bytes."""
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 127) << shift
        if byte < 128:
            return value, at
        shift += 7


def _fields(data: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """(number, the whole field, its content where it holds bytes) of each field of a message."""
    at = 0
    while at < len(data):
        begin = at
        tag, at = _read_varint(data, at)
        content = b""
        if tag & 7 == 0:
            _, at = _read_varint(data, at)
        elif tag & 7 == 2:
            size, at = _read_varint(data, at)
            content, at = data[at : at + size], at + size
        else:
            at += 8 if tag & 7 == 1 else 4
        yield tag >> 3, data[begin:at], content
