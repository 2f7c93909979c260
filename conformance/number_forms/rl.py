"""Area `rl`: advantages, trajectories as data, and how far a model has moved."""

from __future__ import annotations

from typing import Literal

from conformance.number_forms.shared import (
    Answer,
    Asked,
    Datum,
    FlatData,
    FlatDatum,
    FlatToken,
    Float,
    Length,
    Metrics,
    Operation,
    Size,
    Trajectory,
    TrajectoryGroup,
    WireTensor,
)


class Groups(Asked, frozen=True, kw_only=True):
    groups: list[TrajectoryGroup]


class RewardsOfGroups(Answer, frozen=True, kw_only=True):
    rewards: list[list[Float]]


class AdvantagesOfGroups(Answer, frozen=True, kw_only=True):
    advantages: list[WireTensor]


class TrajectoryToData(Asked, frozen=True, kw_only=True):
    trajectory: Trajectory
    advantage: Float


class AssembleTrainingData(Groups, frozen=True, kw_only=True):
    advantages: list[list[Float]]


class DatumOrigin(Answer, frozen=True, kw_only=True):
    group_idx: Size
    traj_idx: Size


class TrainingData(Answer, frozen=True, kw_only=True):
    data: list[FlatDatum]
    metadata: list[DatumOrigin]


class KeptGroups(Answer, frozen=True, kw_only=True):
    """The places of the groups that stay."""

    kept: list[Size]


class SampleTrain(Asked, frozen=True, kw_only=True):
    data: list[Datum]
    training_logprobs: list[list[Float]]


class PostKl(Asked, frozen=True, kw_only=True):
    """`logprobs` are those of the whole sequences, of which the first is null."""

    data: list[Datum]
    logprobs: list[list[Float | None]]


class AskedMetrics(Metrics, frozen=True, kw_only=True):
    """`sequences` is what the model is asked about."""

    sequences: list[list[FlatToken]]


class KlPenalty(PostKl, frozen=True, kw_only=True):
    kl_penalty_coef: float
    kl_discount_factor: float


class Penalised(AskedMetrics, frozen=True, kw_only=True):
    advantages: list[WireTensor]


class Float32Vector(Asked, frozen=True, kw_only=True):
    data: list[Float]
    dtype: Literal["float32"]
    shape: tuple[Size]


class DiscountedSum(Asked, frozen=True, kw_only=True):
    x: Float32Vector
    gamma: float


class OneTensor(Answer, frozen=True, kw_only=True):
    tensor: WireTensor


class TrajectoryMetrics(Groups, frozen=True, kw_only=True):
    """`taglist` has the tags of each group."""

    taglist: list[list[str]]


class SampledBy(Asked, frozen=True, kw_only=True):
    sampling_client_step: int
    seconds: float


class SamplingClients(Asked, frozen=True, kw_only=True):
    groups: list[SampledBy]


class Dicts(Asked, frozen=True, kw_only=True):
    dicts: list[dict[str, Float]]


class SplitList(Asked, frozen=True, kw_only=True):
    length: Length
    num_splits: int


class Sizes(Answer, frozen=True, kw_only=True):
    sizes: list[Size]


class OneDatum(Asked, frozen=True, kw_only=True):
    datum: Datum


OPERATIONS = (
    Operation(
        name="rl.get_total_rewards",
        params=Groups,
        result=RewardsOfGroups,
        summary="For each group the total reward of each trajectory.",
    ),
    Operation(
        name="rl.compute_advantages",
        params=Groups,
        result=AdvantagesOfGroups,
        summary="For each group the rewards less their mean.",
    ),
    Operation(
        name="rl.trajectory_to_data",
        params=TrajectoryToData,
        result=FlatData,
        summary="The datums of a trajectory: merged while observations extend what came before.",
    ),
    Operation(
        name="rl.assemble_training_data",
        params=AssembleTrainingData,
        result=TrainingData,
        summary="The datums of all trajectories, and where each comes from.",
    ),
    Operation(
        name="rl.remove_constant_reward_groups",
        params=Groups,
        result=KeptGroups,
        summary="The groups whose rewards are not all equal; the first if there is none.",
    ),
    Operation(
        name="rl.compute_kl_sample_train",
        params=SampleTrain,
        result=Metrics,
        summary="How the logprobs of sampling differ from those of training.",
    ),
    Operation(
        name="rl.compute_post_kl",
        params=PostKl,
        result=AskedMetrics,
        summary="How the logprobs of sampling differ from those after the update.",
    ),
    Operation(
        name="rl.incorporate_kl_penalty",
        params=KlPenalty,
        result=Penalised,
        summary="Advantages that pull towards the base model.",
    ),
    Operation(
        name="rl.discounted_future_sum_vectorized",
        params=DiscountedSum,
        result=OneTensor,
        summary="For each position the discounted sum of what follows.",
    ),
    Operation(
        name="rl.compute_trajectory_metrics",
        params=TrajectoryMetrics,
        result=Metrics,
        summary="What is logged about a batch of trajectories.",
    ),
    Operation(
        name="rl.compute_sampling_client_metrics",
        params=SamplingClients,
        result=Metrics,
        summary="What is logged about the models that sampled.",
    ),
    Operation(
        name="rl.dict_mean",
        params=Dicts,
        result=Metrics,
        summary="For each key the mean over the mappings that have it.",
    ),
    Operation(
        name="rl.split_list",
        params=SplitList,
        result=Sizes,
        summary="The sizes of nearly equal parts of a list.",
    ),
    Operation(
        name="rl.remove_mask",
        params=OneDatum,
        result=FlatDatum,
        summary="A datum as it is sent.",
    ),
)
