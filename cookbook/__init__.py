"""A port of tinker-cookbook on numpy and tokenizers: chat messages in, token ids and loss weights out.

The behaviour is that of tinker-cookbook 0.5.8. Import what you need from the modules (`cookbook.renderers`,
`cookbook.tokenizer`, `cookbook.tensors`, ...); this package imports nothing by itself, so that it costs nothing.
"""
