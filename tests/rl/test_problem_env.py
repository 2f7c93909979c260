"""cookbook/rl/problem_env.py: facts of tinker-cookbook 0.5.8, `rl.problem_env`."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cookbook.renderers import get_renderer
from cookbook.rl.problem_env import ProblemDataset, ProblemEnv, ProblemGroupBuilder
from cookbook.rl.types import TokensWithLogprobs
from tests.training import BYTES

RENDERER = get_renderer("qwen3", BYTES)


def env(**given: Any) -> ProblemEnv:
    return ProblemEnv(renderer=RENDERER, question="2+2?", check_answer=lambda text: "4" in text, **given)


def reward(text: str, **given: Any) -> tuple[float, dict[str, float]]:
    result = asyncio.run(env(**given).step(TokensWithLogprobs(BYTES.encode(text), None)))
    assert result.episode_done
    return result.reward, dict(result.metrics)


def test_the_question_is_rendered_behind_its_prefix() -> None:
    prefix: list[Any] = [{"role": "user", "content": "1+1?"}, {"role": "assistant", "content": "2"}]
    observation, stop = asyncio.run(env(convo_prefix=prefix).initial_observation())
    text = BYTES.decode(observation.to_ints())
    assert text.index("1+1?") < text.index("2+2?")
    assert stop == RENDERER.get_stop_sequences()


@pytest.mark.parametrize(
    ("text", "total", "metrics"),
    [
        ("It is 4<|im_end|>", 1.0, {"format": 1.0, "correct": 1.0}),
        ("It is 5<|im_end|>", 0.0, {"format": 1.0, "correct": 0.0}),
        ("It is 4", 0.9, {"format": 0.0, "correct": 1.0}),
        ("It is 5", -0.1, {"format": 0.0, "correct": 0.0}),
    ],
)
def test_right_answers_count_and_bad_form_costs(text: str, total: float, metrics: dict[str, float]) -> None:
    assert reward(text) == (pytest.approx(total), metrics)


def test_form_can_be_checked_and_weighed() -> None:
    assert reward("4<|im_end|>", check_format=lambda _: False, format_coef=0.5)[0] == 0.5


def test_groups_are_batched_whole() -> None:
    group = ProblemGroupBuilder(env_thunk=env, num_envs=3, tags=["easy"])
    assert len(asyncio.run(group.make_envs())) == 3
    assert group.logging_tags() == ["problems", "easy"]
    dataset = ProblemDataset([group] * 5, 2)
    assert (len(dataset), len(dataset.get_batch(1))) == (2, 2)
