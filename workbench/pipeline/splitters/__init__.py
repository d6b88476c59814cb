"""The splitters, one file each: they cut a text into exact spans, sized by the embedded tokenizer."""
