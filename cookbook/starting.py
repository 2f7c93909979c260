"""Where a run begins: with a fresh adapter, with weights that were saved, or where it was left.

Behaviour: tinker-cookbook 0.5.8, the beginning of each loop's `main`.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Protocol

from cookbook.checkpoints import RENDERER_NAME_METADATA_KEY, check_renderer_name_for_checkpoint_async
from cookbook.models import warn_if_renderer_not_recommended

if TYPE_CHECKING:
    from cookbook.checkpoints import CheckpointRecord
    from cookbook.client import ServiceClient, TrainingClient

logger = logging.getLogger(__name__)


class Start(Protocol):
    """What a loop's configuration says of its model."""

    @property
    def model_name(self) -> str:
        """The base model."""

    @property
    def lora_rank(self) -> int:
        """Of a fresh adapter."""

    @property
    def renderer_name(self) -> str | None:
        """What the data was rendered with, if it is to be remembered."""

    @property
    def load_checkpoint_path(self) -> str | None:
        """Weights to begin with, if not the base model's."""


async def start_training_client(
    config: Start, service_client: ServiceClient, resumed: CheckpointRecord | None
) -> TrainingClient:
    """A training client.

    A run that was left goes on with its optimizer; weights that are loaded begin with a fresh one. The renderer's name
    is remembered with the run, and compared with that of what is loaded.
    """
    warn_if_renderer_not_recommended(config.model_name, config.renderer_name)
    metadata = {RENDERER_NAME_METADATA_KEY: config.renderer_name} if config.renderer_name else {}
    path = resumed.state_path if resumed is not None else config.load_checkpoint_path
    if not path:
        return await service_client.create_lora_training_client_async(
            config.model_name, config.lora_rank, user_metadata=metadata
        )
    await check_renderer_name_for_checkpoint_async(service_client, path, config.renderer_name)
    if resumed is None:
        return await service_client.create_training_client_from_state_async(path, user_metadata=metadata)
    logger.info("going on from %s", path)
    return await service_client.create_training_client_from_state_with_optimizer_async(path, user_metadata=metadata)
