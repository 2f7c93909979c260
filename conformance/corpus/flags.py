"""What makes a question worth asking: one note a flag, which reports print beside the cases that failed.

A note says what it is and why ports get it wrong. Flags are few; a new one must name a mistake of its own.
"""

from __future__ import annotations

from types import MappingProxyType

_WEIGHTS = {
    "last_message": "Loss on the last message, and only if it is an assistant's: not on the last assistant anywhere.",
    "last_turn": "Loss on every assistant message after the last user message; tool results in between carry none.",
    "all_assistant": "Loss on every assistant message. What the format itself writes in front of an answer counts too.",
    "header_weight": "Headers carry loss under all_tokens and under nothing else; bodies under all_messages, too.",
    "user_and_system": "Loss on user and system messages: on real ones, not on what the renderer injects.",
    "custom_weights": "Loss by each message's `trainable`, which must then be present on every message.",
    "bos": "The token that begins a sequence: once, never trained, and only if the format or the tokenizer has one.",
    "span_edges": "Where a trained span begins and ends: at a header's last token, at a terminator, or before either.",
    "boundary": "What the generation prompt supplies is not trained: found by equality of tokens, not by their count.",
    "stop_overlap": "The part of the stop sequence that belongs to the next message follows the last message only.",
    "splitting": "One example a trained message, where a message looks different once it is history.",
    "extension_property": "Whether a longer conversation's tokens begin with the shorter one's: callers build on it.",
}

_SHAPES = {
    "plain": "An ordinary conversation: the skeleton of the format.",
    "long": "Several turns: rules that look at the last user, or at one neighbour, come out wrong only here.",
    "system_message": "A system message, which some formats rename, wrap, write bare or allow only at the start.",
    "no_messages": "An empty list is legal: a prompt is then only what the format writes in front of an answer.",
    "no_user": "Without any user message 'the last user' does not exist, and a default index takes its place.",
    "trailing_user": "The last message is not an assistant's: some modes then train nothing, others look further back.",
    "consecutive_roles": "Two messages of one role in a row are two messages: they are not merged.",
    "continuation": "A prompt after an assistant message closes that turn and opens another; it does not continue it.",
    "odd_role": "A role that the format does not know: written as it is, changed in case, or refused.",
    "role_argument": "The caller chooses the role of the turn to be generated.",
    "prefill": "Text that the caller puts in front of the answer: encoded by itself, after the format's own.",
    "empty_content": "Content that is empty is still a message.",
    "content_parts": "Content as a list of parts: joined, or refused where the format holds only one text.",
    "image_part": "An image given to a renderer of text: dropped without a word, or refused.",
    "injected_message": "The renderer adds a message of its own, which the modes of weighting must pass over.",
    "message_fields": "Fields such as a tool's name or a call's id, which most formats do not write.",
    "current_date": "A date in the prompt comes from the environment that the runner states, not from the clock.",
}

_THINKING = {
    "think_frame": "The frame around the reasoning of the turn being produced, written even when there was none.",
    "history_thinking": "Reasoning in earlier turns is dropped or kept, by the format's rule and by an option.",
    "inline_think": "Reasoning written as tags inside a string is not the same as a thinking part.",
    "interleaved_thinking": "Several blocks of reasoning with text between them keep their order.",
    "empty_thinking": "A block of reasoning with nothing in it.",
    "channels": "Reasoning, comments and answers go out on channels, each with its own end.",
    "disabled_thinking": "A renderer that turns reasoning off refuses, drops or ignores reasoning by mode.",
}

_TEXT = {
    "whitespace": "Spaces, tabs and newlines at the edge of content: kept or trimmed, by the format's own rule.",
    "seam": "Text that a tokenizer would merge with its neighbour: pieces are encoded apart, then joined.",
    "trimming": "White space as Python's `str.strip` knows it: more than ASCII, U+001C to U+001F too, and no U+FEFF.",
    "apart": "A newline or a word meets its neighbour: which texts are encoded together, and which apart.",
    "crlf": "Carriage returns survive.",
    "special_text": "Text that spells an added token, which is found leftmost and longest; or nearly spells one.",
    "injection": "Content must not be able to forge the end of a message; in headers nothing protects.",
    "foreign_markers": "Another family's markers are ordinary text here.",
    "nfc": "Combining characters: one tokenizer normalises them, the others must not.",
    "emoji": "Code points beyond U+FFFF, often several to one picture: no cutting at bytes or UTF-16 units.",
    "scripts": "Text outside Latin script, right to left too.",
    "invisible": "Zero-width and control characters survive.",
}

_TOOLS = {
    "tool_calls": "Calls in an assistant's message, what separates them from text, and an empty list of them.",
    "tool_results": "Results of tools: whose role, which wrapping, and what follows them.",
    "key_order": "JSON objects keep the order in which they were written.",
    "json_numbers": "Numbers are rewritten as Python writes them: 1.0 keeps its point, 1E5 becomes 100000.0.",
    "json_escapes": "JSON that is rewritten is ASCII, with surrogate pairs, and escapes no slash.",
    "json_spacing": "JSON that is rewritten has a space after each comma and colon, and none that it had before.",
    "invalid_arguments": "Arguments that are not JSON: refused by renderers that rewrite them, written by the others.",
    "json_limits": "JSON at the limits of parsers: nested 200 deep is read, an integer of 4301 digits is an error.",
    "tool_declaration": "The text that tells a model which tools there are, letter by letter.",
}

_PARSE = {
    "parse_stop": "The answer ends at the stop; what follows is ignored; two of them are an error. EOS may do, too.",
    "parse_truncated": "Without an end the answer is malformed and its text is left as it is.",
    "parse_whitespace": "Which newlines and spaces around an answer are the format's, and which are content.",
    "parse_thinking": "Blocks of reasoning in an answer become parts; incomplete ones stay text.",
    "parse_tool_calls": "Calls in an answer are taken out of the text, and their arguments written anew.",
    "parse_unparsed": "A call that cannot be read is kept with its error, and the answer still ended cleanly.",
    "parse_streaming": "The same answer as a stream: deltas with their place, then the whole message.",
    "parse_failure": "A broken format outweighs broken content, and the latter's errors are joined line by line.",
    "content_form": "A content as one string: every part in its place, or its text alone.",
    "openai_form": "A message for the OpenAI API: where reasoning goes, which fields stay, and empty lists left out.",
    "broken_utf8": "Tokens that end inside a character decode to U+FFFD, without a crash.",
    "round_trip": "What was parsed renders to the tokens that were sampled, where the answer was well formed.",
}

_REJECTIONS = {
    "malformed": "Input that is no message: refused, never rendered as the text of a null.",
    "unsupported": "Something that the format has no way to write: refused, or dropped where the original drops it.",
    "unknown_name": "A mode, an option or a dtype that does not exist is an error, not a default.",
    "trainable_key": "`trainable` in a mode that does not use it is an error; so is its absence in the one that does.",
}

_TOKENIZERS = {
    "encoding": "Text to tokens, with no token added at either end.",
    "decoding": "Tokens to text, special tokens shown.",
    "split_special": "Encoding with special tokens split: those become ordinary pieces, other added tokens stay whole.",
}

_TENSORS = {
    "float32": "Values are rounded to float32 before they are written.",
    "non_finite": "NaN and infinities, which JSON numbers cannot be.",
    "int64": "Integers beyond 2^53, which a double cannot hold.",
    "signed_zero": "Negative zero keeps its sign.",
    "shape": "Shapes with a zero in them, no dimension at all, or a list that is not rectangular.",
}

_LOOPS = {
    "training_loop": "What a training loop asks of the API: passes, steps, samplers, checkpoints, in their order.",
}

_FOUND = {
    "found_by_fuzzing": "Drawn by chance: a port answered it otherwise than the reference, and it was made small.",
}

FLAGS = MappingProxyType(
    {
        **_WEIGHTS,
        **_SHAPES,
        **_THINKING,
        **_TEXT,
        **_TOOLS,
        **_PARSE,
        **_REJECTIONS,
        **_TOKENIZERS,
        **_TENSORS,
        **_LOOPS,
        **_FOUND,
    }
)
"""Every flag and its note, in the order in which reports list them."""
