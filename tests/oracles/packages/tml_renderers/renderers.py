"""Renderers that write `<|im_start|>role text<|im_end|>`, whatever the family."""

from tml_renderers import chat, tokenizers

START, END = tokenizers.IDS["im_start"], tokenizers.IDS["im_end"]


class Parser:
    def parse_tokens(self, tokens):
        if not tokens or tokens[-1] != END:
            raise ValueError("stream ended before the message was complete")
        text = tokenizers.Tokenizer().decode(tokens[:-1])
        ended = [chat.Message(chat.ModelEndSampling(), None)] if text != "lost" else []
        return [chat.Message(chat.Text(text), None), *ended]


class Qwen3:
    def __init__(self, **arguments):
        self.arguments = arguments
        self.tokenizer = tokenizers.Qwen3Tokenizer()

    def written(self, messages):
        tokens = []
        for message in messages:
            role = getattr(message, "role", "system")
            text = message.text if hasattr(message, "text") else message.content.text
            tokens += [START, *f"{role}\n{text}".encode(), END]
        return tokens

    def render_for_completion(self, messages):
        shown = "".join(f"{key}={value};" for key, value in sorted(self.arguments.items()))
        return [chat.Span(self.written(messages)), chat.Span([START, *shown.encode()])], Parser()

    def render_for_sft(self, messages):
        examples = []
        for place, message in enumerate(messages):
            if message.role == "assistant":
                before, after = self.written(messages[:place]), self.written(messages[place : place + 1])
                examples.append(chat.TrainingExample(before + after, [0.0] * len(before) + [1.0] * len(after)))
        return examples

    def stop(self):
        return [END]


class DeepSeekV31(Qwen3):
    pass


class GptOss(Qwen3):
    pass
