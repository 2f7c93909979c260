"""The causes that a failure can have, as reports name them. A cause groups failures: 600 failures read as 6."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Cause:
    """`title` says what is wrong; `hint` says where to look in a port."""

    title: str
    hint: str


CAUSES: Mapping[str, Cause] = MappingProxyType(
    {
        # Tokens
        "bos-missing": Cause(
            "the beginning-of-sequence token is missing",
            "The renderer adds it once, before the first message; the tokenizer adds none.",
        ),
        "bos-extra": Cause(
            "a beginning-of-sequence token too many",
            "Encode every piece without special tokens being added; only the renderer writes the BOS, once.",
        ),
        "terminator-missing": Cause(
            "the answer ends before its terminator",
            "The end-of-message token belongs to the output of every message, the last one included.",
        ),
        "terminator-extra": Cause(
            "a terminator where none belongs",
            "Look at what is written after the last message, and after an empty answer.",
        ),
        "terminator-other": Cause(
            "another terminator",
            "A message, an answer and a tool call may end with markers of their own: look at which is written.",
        ),
        "tail-missing": Cause(
            "the answer ends too early", "Everything up to the end agrees; something after it was not written."
        ),
        "tail-extra": Cause(
            "the answer goes on too long", "Everything expected is there; something is written after it."
        ),
        "special-as-text": Cause(
            "a special token was spelled out as ordinary text",
            "Markers of the format are looked up as ids, not encoded with special tokens split.",
        ),
        "text-as-special": Cause(
            "ordinary text became a special token",
            "Message text must not forge markers where the format protects it: encode it with specials split.",
        ),
        "segmentation": Cause(
            "the same text, cut into other tokens",
            "Encode each piece (header, output, suffix) by itself and join the ids; never encode the joined text.",
        ),
        "normalization": Cause(
            "Unicode normalisation differs",
            "The tokenizer's own normalizer decides (NFC for some, none for others); normalise nowhere else.",
        ),
        "newlines": Cause(
            "only newlines differ", "Look at which piece owns the newline, and at what is stripped from content."
        ),
        "whitespace": Cause(
            "only white space differs", "Look for a trim or strip that the original does not do, or does."
        ),
        "letter-case": Cause("only letter case differs", "Look at how the role name is written."),
        "think-frame": Cause(
            "the same words, other <think> tags or framing",
            "Look at when a turn gets a think block, who writes the tags, and the newlines around them.",
        ),
        "think-block": Cause(
            "a think block is kept, dropped or doubled",
            "History turns and the produced turn differ in whether reasoning is shown.",
        ),
        "json-key-order": Cause(
            "the same JSON with its keys in another order",
            "Keep the order in which keys were written; a hash map or a sorting encoder loses it.",
        ),
        "json-spacing": Cause(
            "the same JSON with other spaces",
            "Python's json.dumps writes `, ` and `: `; most encoders write neither.",
        ),
        "json-escapes": Cause(
            "the same JSON with other escapes",
            "Look at whether non-ASCII characters and slashes are written as escapes.",
        ),
        "json-numbers": Cause(
            "the same JSON with numbers written otherwise",
            "1.0 stays 1.0, 1e-7 becomes 1e-07 and big integers stay exact.",
        ),
        "json-text": Cause(
            "the same JSON, written otherwise in several ways at once",
            "Write JSON as Python's json.dumps does: keys in the order given, `, ` and `: `, ASCII escapes, floats as "
            "repr writes them. An encoder of its own, of forty lines, is what most ports end with.",
        ),
        "json-keys": Cause(
            "the same JSON with a key named otherwise",
            "A tool call has `name` and `arguments`, its declaration `type`, `function` and what the caller gave.",
        ),
        "characters": Cause(
            "characters beyond ASCII differ",
            "Work on code points or UTF-8 bytes: look for UTF-16 halves, Latin-1, a text cut inside a character, or a "
            "byte order mark.",
        ),
        "channel": Cause(
            "a message on another channel",
            "Reasoning, what is said before a tool call, and the answer each have a channel of their own.",
        ),
        "role-header": Cause("a role is named otherwise", "Look at how the role is mapped into the header."),
        "text-order": Cause(
            "the same text in another order",
            "Messages, parts of content, tools and calls are written in the order in which they were given.",
        ),
        "text-missing": Cause("text is missing", "Something between the first difference and the rest was dropped."),
        "text-extra": Cause("there is text that does not belong", "Something was inserted, or not removed."),
        "text-other": Cause("other text", "Compare the two windows: content, order of the pieces, wording."),
        # Weights
        "weights-length": Cause(
            "there are not as many weights as tokens", "One weight a token: repeat a piece's weight by its length."
        ),
        "weights-shifted": Cause(
            "the weights are shifted by one",
            "Weights belong to tokens here; the shift happens when a datum is built.",
        ),
        "weights-scaled": Cause(
            "the weights are scaled", "A renderer writes 0 and 1; normalisation happens when a datum is built."
        ),
        "weights-none": Cause("nothing is trained", "Look at how the trained messages are chosen."),
        "weights-bos": Cause("the beginning-of-sequence token is trained", "The BOS has weight 0 under every rule."),
        "weights-prefix": Cause(
            "what the prompt supplies is trained",
            "Headers, and the part of the answer that the generation prompt already holds, have weight 0.",
        ),
        "weights-start": Cause(
            "the start of a trained span is left out",
            "Look at where the output of a message begins, and at what the generation prompt supplies.",
        ),
        "weights-end": Cause(
            "a trained span ends too early or too late",
            "Look at what is written after the text of a message, and whether it is output or the next header.",
        ),
        "weights-terminator": Cause(
            "the terminator's weight is wrong",
            "The end of a trained message is trained with it: it must be learned.",
        ),
        "weights-messages": Cause(
            "whole messages are trained, or not, that should not be, or should",
            "Look at the rule of train_on_what: which roles, which turns, which message comes last.",
        ),
        "weights-other": Cause("the weights differ", "Compare the two windows."),
        # Parsed messages and other values
        "examples-count": Cause(
            "another number of examples",
            "Without the extension property a conversation becomes one example a trained turn.",
        ),
        "termination": Cause(
            "how the response ended is judged otherwise",
            "stop_sequence, eos and malformed are told apart by the stop tokens alone.",
        ),
        "content-shape": Cause(
            "content as a string where parts are expected, or the reverse",
            "A response without tags is a plain string; with tags it is a list of parts, even an empty one.",
        ),
        "content-whitespace": Cause(
            "parsed content differs in white space", "Look at what is stripped after the tags are taken out."
        ),
        "content": Cause("parsed content differs", "Compare the two values."),
        "thinking": Cause("parsed reasoning differs", "Compare the two values; look at what is stripped."),
        "tool-calls": Cause(
            "parsed tool calls differ", "Names, argument text (re-dumped as JSON where the original does) and ids."
        ),
        "unparsed-tool-calls": Cause(
            "tool calls that could not be parsed differ", "They keep their raw text, and say what is wrong with it."
        ),
        "absent-or-null": Cause(
            "absent, null, empty list and empty string are mixed up",
            "A key that the original does not write is left out; an empty value stays empty.",
        ),
        "stop-sequences": Cause("other stop sequences", "Ids for most formats, strings for role_colon."),
        "stream-index": Cause(
            "the pieces of a stream count content otherwise",
            "The index grows by one where a think block opens and where it closes, be the block empty or not.",
        ),
        "stream-pieces": Cause(
            "a stream comes in other pieces",
            "Half a tag and half a character are held back; what is shown is what was sampled, line breaks and all.",
        ),
        # Numbers, and what holds them
        "numbers-shifted": Cause(
            "the same numbers, one place on or back",
            "Targets are the tokens but the first, and so are the weights; what a log-probability belongs to is the "
            "token that it predicts. Shift once, where the datum is built.",
        ),
        "numbers-order": Cause(
            "the same numbers in another order",
            "Data is written row by row, whatever the strides; rows are shuffled as NumPy's PCG64 does it, from the "
            "order as loaded, once an epoch.",
        ),
        "numbers-sign": Cause(
            "every sign is reversed",
            "A loss is the negative log-probability; a KL is sampled less trained; the custom loss sends -dL/dlogprob; "
            "chosen stands before rejected.",
        ),
        "numbers-scaled": Cause(
            "every number is multiplied by one factor",
            "Sum or mean, over what: `mean` divides by the sum of the weights after the shift. Advantages are not "
            "divided by a standard deviation. Bits are nats by ln 2.",
        ),
        "numbers-offset": Cause(
            "every number is off by one constant",
            "Advantages are rewards less the mean of their group; indices begin at 0.",
        ),
        "numbers-precision": Cause(
            "nearly the same numbers",
            "Round to float32 where upstream does, before JSON; sum in that type, too. Integers beyond 2^53 must stay "
            "exact.",
        ),
        "numbers-length": Cause(
            "numbers are missing at an end, or there are too many",
            "Inputs, targets and weights are one shorter than what was rendered; max_length cuts at the right, and "
            "the last partial batch is dropped.",
        ),
        "numbers-count-off-by-one": Cause(
            "an integer is one more or one less",
            "Look at what is counted from 0, at `<` for `<=`, and at whether the last part is counted.",
        ),
        "numbers-zeros": Cause(
            "numbers are 0 in other places",
            "Look at the mask: observations, the prompt, and what is cut have weight, advantage and log-probability 0.",
        ),
        "not-finite": Cause(
            "NaN or infinity against a number",
            'What is divided by 0 is NaN or guarded, as in the original; log-sigmoid must not overflow. Write "NaN", '
            '"Infinity" and "-Infinity".',
        ),
        "dtype": Cause(
            "another type of numbers",
            "On the wire there are float32 and int64: all floats become the one, all integers the other.",
        ),
        "shape": Cause(
            "the same numbers in another shape",
            "Data is flat, the shape is kept beside it; that of a scalar is [], that of an empty list [0].",
        ),
        "chunks": Cause(
            "the same tokens, cut into other chunks",
            "A chunk stays as it was given: append_int begins a new one, and one that is cut to nothing is dropped.",
        ),
        "keys": Cause(
            "keys are missing, misspelt, or do not belong",
            "Names are those of upstream, prefixes and all; what has no value is left out.",
        ),
        "items-order": Cause(
            "the same items in another order",
            "Keep the order in which they were given: chosen before rejected, groups and trajectories as they came, "
            "keys as written.",
        ),
        "items-count": Cause(
            "another number of items",
            "Look at what is skipped, merged or split: records, datums of a trajectory, chunks, groups.",
        ),
        "extension-property": Cause(
            "whether later prompts extend earlier ones is judged otherwise",
            "It holds where no turn loses anything once others follow: not where reasoning is dropped from history.",
        ),
        # What a result is about, where nothing more is known
        "metric": Cause(
            "a metric is computed otherwise",
            "Look at what it is a mean of, what is weighted or left out, and at ties, zeros and the factor beta.",
        ),
        "decision": Cause(
            "a decision is the other way", "Look at the condition: at its bounds, at zero, and at what is absent."
        ),
        "resume-point": Cause(
            "a run goes on from another place",
            "The last line of checkpoints.jsonl that has a state_path decides, and its step is trained once more.",
        ),
        "hyperparameter": Cause(
            "a hyperparameter is computed otherwise",
            "Look at the formula at its ends: step 0, the last step and beyond; LoRA or not; the width of the model.",
        ),
        "model-table": Cause(
            "something else is known of a model",
            "Names, sizes and the recommended renderers, the first of which counts, stand in a table.",
        ),
        "rows": Cause(
            "other rows of the data", "Look at what is shuffled first, from which order, and at how many rows count."
        ),
        "bytes": Cause(
            "other bytes are sent", "Look at how wide an element is, at the byte order, and at the order of elements."
        ),
        "training-loop": Cause(
            "a training loop asks otherwise of the API",
            "`conformance trace SCENARIO -- COMMAND` shows every difference, in the words of the loop.",
        ),
        "value": Cause("another value", "Compare the two values."),
        # Answers of the wrong kind
        "accepted": Cause(
            "input is accepted that must be refused", "The original raises an error here instead of guessing."
        ),
        "rejected": Cause("input is refused that has an answer", "The message says what the port did not like."),
        "rejection-kind": Cause("refused, for another kind of reason", "Compared under --strict-errors alone."),
        "declined": Cause(
            "not supported, although it was declared in the handshake",
            "Declare only what is implemented: what is not declared is no failure.",
        ),
        "malformed-result": Cause(
            "the result does not have the form of this operation",
            "golden/schema/ holds a JSON Schema for the result of every operation.",
        ),
    }
)
