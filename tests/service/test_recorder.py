from __future__ import annotations

import tracemalloc

from conformance.service.recorder import FRONT, Recorder, encoded
from conformance.traces import stream


def asked(prompt: int) -> bytes:
    return encoded(stream.Sample(sampler=stream.Sampler(base_model="m"), prompt=(prompt,)))


def saved(version: int) -> bytes:
    return encoded(stream.SaveWeightsForSampler(model="m0", version=version))


def test_samples_stand_behind_their_save_in_an_order_of_their_own() -> None:
    recorder = Recorder()
    first = recorder.operation(saved(0))
    recorder.sample(asked(9), behind=FRONT)
    recorder.sample(asked(2), behind=first)
    second = recorder.operation(saved(1))
    recorder.sample(asked(3), behind=second)
    recorder.sample(asked(1), behind=first)
    recorder.sample(asked(1), behind=first)
    expected = [asked(9), saved(0), asked(1), asked(1), asked(2), saved(1), asked(3)]
    assert list(recorder.lines()) == expected
    assert stream.encode(recorder.stream()) == b"[\n" + b",\n".join(expected) + b"\n]\n"
    assert len(recorder) == 7
    recorder.close()


def test_what_is_withdrawn_is_gone_and_its_samples_stay() -> None:
    recorder = Recorder()
    first = recorder.operation(saved(0))
    recorder.operation(saved(1))
    recorder.sample(asked(1), behind=first)
    recorder.withdraw(first)
    assert list(recorder.lines()) == [asked(1), saved(1)]
    recorder.close()


def test_a_record_is_not_kept_in_memory() -> None:
    recorder = Recorder()
    line = b'{"op":"create_session"}' + b" " * 100_000
    tracemalloc.start()
    for _ in range(200):
        recorder.operation(line)
    kept, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert kept < 500_000
    assert len(next(iter(recorder.lines()))) == len(line)
    recorder.close()
