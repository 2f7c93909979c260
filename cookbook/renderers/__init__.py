"""Chat formats: conversations to tokens and weights, sampled tokens back to messages.

    renderer = get_renderer("qwen3", tokenizer)
    prompt = renderer.build_generation_prompt([{"role": "user", "content": "Hi"}])

Behaviour: tinker-cookbook 0.5.8, `renderers`. A family is imported when it is asked for.
"""

from cookbook.messages import (
    ContentPart,
    FunctionCall,
    ImagePart,
    Message,
    Role,
    TextPart,
    ThinkingPart,
    ToolCall,
    ToolSpec,
    UnparsedToolCall,
)
from cookbook.renderers.base import Renderer, SupervisedExample
from cookbook.renderers.batch import Batch, PromptBatch, RejectedConversation
from cookbook.renderers.content import ensure_text, format_content_as_string, get_text_content
from cookbook.renderers.parsing import (
    ParseFailureKind,
    ParseTermination,
    classify_parse_failure,
    parse_content_blocks,
)
from cookbook.renderers.pieces import Chunk, Constant, RenderContext, RenderedMessage, Text
from cookbook.renderers.registry import (
    get_built_in_renderer_names,
    get_registered_renderer_names,
    get_renderer,
    is_renderer_registered,
    register_renderer,
    unregister_renderer,
)
from cookbook.renderers.streaming import (
    MessageDelta,
    StreamingMessageHeader,
    StreamingTextDelta,
    StreamingThinkingDelta,
)
from cookbook.renderers.training import TrainOnWhat

__all__ = [
    "Batch",
    "Chunk",
    "Constant",
    "ContentPart",
    "FunctionCall",
    "ImagePart",
    "Message",
    "MessageDelta",
    "ParseFailureKind",
    "ParseTermination",
    "PromptBatch",
    "RejectedConversation",
    "RenderContext",
    "RenderedMessage",
    "Renderer",
    "Role",
    "StreamingMessageHeader",
    "StreamingTextDelta",
    "StreamingThinkingDelta",
    "SupervisedExample",
    "Text",
    "TextPart",
    "ThinkingPart",
    "ToolCall",
    "ToolSpec",
    "TrainOnWhat",
    "UnparsedToolCall",
    "classify_parse_failure",
    "ensure_text",
    "format_content_as_string",
    "get_built_in_renderer_names",
    "get_registered_renderer_names",
    "get_renderer",
    "get_text_content",
    "is_renderer_registered",
    "parse_content_blocks",
    "register_renderer",
    "unregister_renderer",
]
