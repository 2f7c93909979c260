"""Messages, as far as the oracle looks at them."""


class Span:
    def __init__(self, tokens):
        self.span = self
        self.tokens = tokens


class TrainingExample:
    def __init__(self, tokens, weights):
        self.input_token_spans = [Span(tokens)]
        self.per_token_loss_weight_unshifted = weights


class AuthorKind:
    System = "system"


class Author:
    def __init__(self, kind):
        self.kind = kind


class Text:
    def __init__(self, text):
        self.text = text


class ModelEndSampling:
    pass


class ToolSpecJson:
    def __init__(self, type_name, name, description, parameters):
        self.text = f"{name}: {description} {sorted(parameters)}"


class ToolDeclareJson:
    def __init__(self, tool_specs):
        self.text = "; ".join(spec.text for spec in tool_specs)


class Message:
    def __init__(self, content, author):
        self.content = content
        self.author = author


class OpenAIMessage:
    def __init__(self, role, text):
        self.role = role
        self.text = text

    @staticmethod
    def from_oss_messages(messages):
        for message in messages:
            if message["role"] not in ("user", "assistant", "system", "tool"):
                raise ValueError(f"Unsupported role: {message['role']}")
        return [OpenAIMessage(message["role"], str(message["content"])) for message in messages]

    @staticmethod
    def from_messages(messages):
        return messages

    @staticmethod
    def to_oss_messages(messages):
        return [{"role": "assistant", "content": messages[0].content.text}]
