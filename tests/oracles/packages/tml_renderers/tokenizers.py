"""Tokenizers of bytes. Markers are named as in the real package: without their brackets, where they have any."""

NAMES = {"im_start": "<|im_start|>", "im_end": "<|im_end|>", "<think>": "<think>"}
IDS = {name: 2000 + place for place, name in enumerate(NAMES)}


class Tokenizer:
    def special_tokens(self):
        return list(NAMES)

    def encode_special(self, name):
        return IDS[name]

    def encode_ordinary(self, text):
        return list(text.encode())

    def decode_bytes(self, tokens):
        markers = {token: NAMES[name] for name, token in IDS.items()}
        return b"".join(markers[token].encode() if token in markers else bytes([token]) for token in tokens)

    def decode(self, tokens):
        return self.decode_bytes(tokens).decode("utf-8", "replace")


class Qwen3Tokenizer(Tokenizer):
    pass


class DeepSeekV31Tokenizer(Tokenizer):
    pass


class HarmonyTokenizer(Tokenizer):
    pass
