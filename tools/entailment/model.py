"""The network: MiniLM over claim and evidence together, with a judgement of the whole and one of each word.
Knows nothing about data and training.

The logit of "entailed" is a linear reading of [CLS] and of the claim's mean, less how wrong the claim's
worst word is. Pairs that a rule made say which words are wrong, which teaches more than one bit a pair.
"""

from __future__ import annotations

from pathlib import Path

import torch
from transformers import BertModel


class EntailmentModel(torch.nn.Module):
    """Input: [CLS] claim [SEP] evidence [SEP]; token types 0 for the claim's part, 1 for the evidence."""

    def __init__(self, bert: BertModel) -> None:
        super().__init__()
        self.bert = bert
        size = bert.config.hidden_size
        self.whole = torch.nn.Linear(2 * size, 1)
        self.word = torch.nn.Linear(size, 1)
        self.worst = torch.nn.Parameter(torch.tensor(0.5))

    def forward(
        self, input_ids: torch.Tensor, attention_mask: torch.Tensor, token_type_ids: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the logit of each pair, and of each token how wrong it is (of claim tokens only)."""
        hidden = self.bert.embeddings(input_ids=input_ids, token_type_ids=token_type_ids)
        bias = (1.0 - attention_mask[:, None, None, :].to(hidden.dtype)) * -10000.0
        hidden = self.bert.encoder(hidden, attention_mask=bias).last_hidden_state
        claim = (attention_mask * (1 - token_type_ids)).to(hidden.dtype)
        mean = (hidden * claim.unsqueeze(-1)).sum(1) / claim.sum(1, keepdim=True)
        words = self.word(hidden).squeeze(-1)
        worst = (words - (1.0 - claim) * 10000.0).amax(1)
        logit = self.whole(torch.cat([hidden[:, 0], mean], 1)).squeeze(-1) - self.worst * worst
        return logit, words


def start_from(folder: Path) -> EntailmentModel:
    """The shipped encoder's weights under new heads; the word embeddings stay as they are."""
    bert = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="sdpa")
    model = EntailmentModel(bert)
    bert.embeddings.word_embeddings.requires_grad_(False)
    return model
