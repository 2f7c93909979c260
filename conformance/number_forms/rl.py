"""Area `rl`: advantages, trajectories as data, and how far a model has moved."""

from __future__ import annotations

from conformance.number_forms.shared import (
    Answer,
    AnyTensor,
    Asked,
    Datum,
    FlatData,
    FlatDatum,
    FlatToken,
    Float,
    Metrics,
    Operation,
    Size,
    Trajectory,
    TrajectoryGroup,
    WireTensor,
)


class Groups(Asked):
    groups: list[TrajectoryGroup]


class RewardsOfGroups(Answer):
    rewards: list[list[Float]]


class AdvantagesOfGroups(Answer):
    advantages: list[WireTensor]


class TrajectoryToData(Asked):
    trajectory: Trajectory
    advantage: Float


class AssembleTrainingData(Groups):
    advantages: list[list[Float]]


class DatumOrigin(Answer):
    group_idx: Size
    traj_idx: Size


class TrainingData(Answer):
    data: list[FlatDatum]
    metadata: list[DatumOrigin]


class KeptGroups(Answer):
    """The places of the groups that stay."""

    kept: list[Size]


class SampleTrain(Asked):
    data: list[Datum]
    training_logprobs: list[list[Float]]


class PostKl(Asked):
    """`logprobs` are those of the whole sequences, of which the first is null."""

    data: list[Datum]
    logprobs: list[list[Float | None]]


class AskedMetrics(Metrics):
    """`sequences` is what the model is asked about."""

    sequences: list[list[FlatToken]]


class KlPenalty(PostKl):
    kl_penalty_coef: float
    kl_discount_factor: float


class Penalised(AskedMetrics):
    advantages: list[WireTensor]


class DiscountedSum(Asked):
    x: AnyTensor
    gamma: float


class OneTensor(Answer):
    tensor: WireTensor


class TrajectoryMetrics(Groups):
    """`taglist` has the tags of each group."""

    taglist: list[list[str]]


class SampledBy(Asked):
    sampling_client_step: int
    seconds: float


class SamplingClients(Asked):
    groups: list[SampledBy]


class Dicts(Asked):
    dicts: list[dict[str, Float]]


class SplitList(Asked):
    length: int
    num_splits: int


class Sizes(Answer):
    sizes: list[Size]


class OneDatum(Asked):
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
