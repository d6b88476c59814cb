"""Tests of checkpoints and resumption of the entailment model's training, where torch is installed.
Knows nothing about real weights: the network is a tiny one with random weights."""

from __future__ import annotations

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="torch is for training only")
transformers = pytest.importorskip("transformers", reason="transformers is for training only")


def test_a_checkpoint_brings_back_weights_optimizer_and_time(tmp_path: Path) -> None:
    from tools.entailment.model import EntailmentModel
    from tools.entailment.train import Encoded, collate, learn, resume, save

    def made() -> tuple[object, object]:
        torch.manual_seed(1)
        config = transformers.BertConfig(
            vocab_size=50, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
        )
        model = EntailmentModel(transformers.BertModel(config, add_pooling_layer=False))
        return model, torch.optim.AdamW(model.parameters(), lr=1e-3)

    batch = collate(
        [Encoded([1, 5, 2, 6, 2], 3, 1.0, [0.0, 1.0, 0.0]), Encoded([1, 7, 2, 2], 3, 0.0, None)], "cpu"
    )
    model, optimizer = made()
    losses = [learn(model.eval(), optimizer, batch, 1e-3) for _ in range(4)]  # type: ignore[attr-defined]
    assert losses[-1] < losses[0]
    save(tmp_path / "checkpoint.pt", model, optimizer, 4, 9.5)
    ahead = learn(model, optimizer, batch, 1e-3)
    other, other_optimizer = made()
    assert resume(tmp_path / "checkpoint.pt", other, other_optimizer, "cpu") == (4, 9.5)
    assert learn(other.eval(), other_optimizer, batch, 1e-3) == pytest.approx(ahead)  # type: ignore[attr-defined]
    assert resume(tmp_path / "none.pt", other, other_optimizer, "cpu") == (0, 0.0)
