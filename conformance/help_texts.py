"""What the command line says of itself: a text for every command."""

DESCRIPTION = """\
Prove that a port of tinker-cookbook gives the same tokens and loss weights as the Python original.

An adapter is a program in any language that reads questions as lines of JSON on stdin and writes answers on
stdout. Name its command after `--`; without one, the reference that ships with this package is asked.
"""

EPILOG = """\
examples:
  conformance run -- node adapter.js               ask a port every question of the hermetic bytes tier
  conformance run --tier all -- ./adapter          also with the vendors' tokenizers, fetched once
  conformance run --select '*/qwen3/*' -- ./adapter
  conformance explain ID -- ./adapter              one question, its golden answer, and the adapter's
  conformance init --language elixir my_port       an adapter to begin with
  conformance doctor -- ./adapter                  examine the adapter itself
  conformance known update -- ./adapter            pin what fails today in conformance.toml
  conformance tokenizers list

exit codes: 0 conforms, 1 does not, 2 usage, 3 adapter unusable, 4 the suite itself is broken
"""

RUN = """\
Ask an adapter the suite's questions and compare its answers with golden ones.

What the adapter does not declare in its handshake is counted as unsupported: never a pass, never a failure.
Failures are grouped by cause; each group shows its smallest case at the first differing token.
"""

EXPLAIN = """\
Show one case: the question, its golden answer, who witnesses it and why it matters, and the line to paste into an
adapter's stdin. With a command, ask it and show both answers side by side.
"""

GENERATE = """\
Put the corpus' questions to the oracles and write golden/: answers, witnesses, dissent and rulings.

Each oracle lives in an environment of its own, which tox builds (`tox -e oracle-upstream,...`).
"""

TOKENIZERS = """\
The tokenizers that cases name: which there are, where they are, and getting them. A file is accepted only if it has
the sha256 that the suite pins.
"""


ORACLES = """\
For every oracle and family of renderers: how many golden cases it was asked, how often its answer is the golden one,
and how often it is not, by cause. Each dissent is in its case, with a ruling and a reason.
"""

DRIFT = """\
Ask two oracles the same questions, usually two releases of the original, and show where their answers differ: grouped
by flag, the smallest case of each first.
"""

KNOWN = """\
The list of known failures, conformance.toml: what a port does not do right yet, pinned to the very failure that it
is. `conformance run` counts these cases apart, and says what in the list is no longer true.
"""

KNOWN_UPDATE = """\
Ask an adapter, and rewrite the list of known failures from its answers: new failures are added, signatures that
changed are mended, what passes now is taken off. Comments and order are kept.

Entries that the selected cases do not touch stay as they are. A `until` that is over is left for you to decide on.
"""

INIT = """\
Write an adapter to begin with: it shakes hands, has the byte tokenizer, and declares `tokenizer.encode` alone. Its
README says where to plug your port in. Nothing that exists is overwritten without --force.
"""

DOCTOR = """\
Examine an adapter: the handshake, one question, one rejection, Unicode, large integers, numbers that are not finite,
questions in a crowd, flushing, what else is on stdout, and speed. Each finding says what is wrong and how to mend it.

Whether its answers are right is for `conformance run` to say.
"""

REPORT = """\
Work with reports that `conformance run --jsonl` wrote.
"""

REPORT_MERGE = """\
Join the reports of all shards of one run (`conformance run --shard K/N --jsonl ...`) into the report of the whole.

It is proven that they are shards of the same questions to the same implementation, that no case is in two of them,
and that none is missing. The exit code is that of the whole run.
"""

REPORT_MATRIX = """\
Show several implementations side by side: for each renderer, how many of the cases that were asked passed. Shards of
one implementation are joined first, and proven to be the whole of its run.
"""

LINT = """\
Check golden/ against its own rules: unique and stable ids, flags with notes, canonical form, params and results that
have the form of their operation, two witnesses or the reason why not.
"""


FUZZ = """\
Draw questions, put them to an adapter and to the reference, and show where they differ: a line for each kind of
difference, with the smallest question that shows it. What was drawn depends on the seed and the count alone.

Findings are kept, a file each, and can be asked again after a fix: fixed, still failing, changed.
"""

SWEEP = """\
Ask an adapter and the reference every row of a data set, and show which rows they answer differently, by cause.

DATA is JSON Lines (.jsonl, .jsonl.gz, .jsonl.zst), Parquet, or what Hugging Face's save_to_disk wrote: files,
directories, patterns. All but plain and gzipped JSON Lines need `pip install 'cookbook-conformance[data]'`.

A sweep that was stopped, in whatever way, goes on where it was when the same command is given again. In the directory
--output are the account (report.json), every row that is not answered alike (rows.jsonl), and the smallest row of each
difference, made smaller still, as a case for `conformance run --cases` (cases.jsonl).
"""

SHRINK = """\
Make the question of a failing case as small as it can be while it goes wrong in the same way. Smaller questions have
no golden answer, so that the reference's takes its place.
"""

SHOW = """\
Show a conversation as a renderer of the reference sees it: tokens with their ids in chunks, and the loss weights that
each train_on_what gives them. CONVERSATION is a JSON list of messages, or an object that has it as `messages`.
"""

PARITY = """\
Compare two directories that runs of the same training have written (`--parity-dir`), layer by layer from the lowest
up: config, dataset, rendered samples, the payload of the first batch, metrics, checkpoints. The report says where the
first difference arose: what lies above it usually follows from it. golden/README.md describes the files.
"""

TRACE = """\
Run a training loop on a scenario against a service on loopback, and compare what it asks of the API with what
upstream's loop asks. Differences are told in the words of the loop, the first one first.

The command finds the service in TINKER_BASE_URL and TINKER_API_KEY, the scenario (its config and data) in the file that
CONFORMANCE_SCENARIO names, the byte tokenizers below CONFORMANCE_GOLDEN, and writes its metrics.jsonl and
checkpoints.jsonl to the directory CONFORMANCE_LOG_DIR. Without a command the reference's loops run, in memory.

  conformance trace --list
  conformance trace sl -- python train.py
  conformance trace --all -- mix run train.exs
"""

SERVE = """\
Serve the Tinker HTTP API on 127.0.0.1 for training loops to run against: a formula in place of a model, and a record
of what was asked, in canonical form, on either wire. Needs the extra `service`.

The first line on stdout is JSON, with `base_url`. Point a loop at it with TINKER_BASE_URL, and TINKER_API_KEY as it
likes. Stop it with SIGINT or SIGTERM.
"""
