"""How much the service takes from one request."""

from __future__ import annotations

BODY = 64 * 2**20
"""Bytes of a body, as sent and after decompression. SDK 0.38 keeps a request under 5 MB as protobuf."""
HEAD_SECONDS = 30.0
"""How long a connection may be open before its first request begins."""
BODY_SECONDS = 60.0
"""How long a body may take to arrive."""
ELEMENTS = 4_000_000
"""Tokens and elements of tensors in one request, once images are tokens and compressed rows are written out."""
DATUMS = 4096
SAMPLES = 1024
SAMPLED_TOKENS = 100_000
"""Tokens that one request may draw."""
NAME = 256
"""Characters of a name or an id."""
SECONDS_OF_A_POLL = 20.0
"""How long a result is waited for before the client has to ask again; the SDK gives up after 45 seconds."""
GAP_SECONDS = 5.0
"""How long operations wait for one with a smaller seq_id that has not come."""
KEPT_RESULTS = 512
"""Results that were fetched and are kept, should the client ask again."""
KEPT_TURNS = 1024
"""Operations of a model that are known again when they are sent again."""
KEPT_BYTES = 512 * 2**20
"""Bytes of results that are kept at all."""
