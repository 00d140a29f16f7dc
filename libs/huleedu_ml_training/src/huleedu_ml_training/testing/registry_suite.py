"""Conformance suite of :class:`ModelRegistryProtocol`: inherit it and override two fixtures."""

import pytest

from huleedu_ml_training.registry.protocols import ArtifactStoreProtocol, ModelRegistryProtocol
from huleedu_ml_training.testing.fakes.promotion_gate import WatchedGate
from huleedu_ml_training.testing.registry_cases.deciding import DecidingCases
from huleedu_ml_training.testing.registry_cases.demoting import DemotingCases
from huleedu_ml_training.testing.registry_cases.discarding import DiscardingCases
from huleedu_ml_training.testing.registry_cases.evidencing import EvidencingCases
from huleedu_ml_training.testing.registry_cases.gating import GatingCases
from huleedu_ml_training.testing.registry_cases.promoting import PromotingCases
from huleedu_ml_training.testing.registry_cases.registering import RegisteringCases
from huleedu_ml_training.testing.registry_cases.remembering import RememberingCases
from huleedu_ml_training.testing.registry_cases.rolling_back import RollingBackCases
from huleedu_ml_training.testing.registry_cases.shelf import MIN_QWK, Shelf


class ModelRegistrySuite(
    RegisteringCases,
    PromotingCases,
    GatingCases,
    EvidencingCases,
    DecidingCases,
    DemotingCases,
    RollingBackCases,
    RememberingCases,
    DiscardingCases,
):
    """What every registry does. Override :meth:`artifacts` and :meth:`registry`."""

    @pytest.fixture
    def artifacts(self) -> ArtifactStoreProtocol:
        """Return an empty artifact store."""
        raise NotImplementedError

    @pytest.fixture
    def gate(self) -> WatchedGate:
        """Return the gate that the registry under test asks."""
        return WatchedGate(min_qwk_lower_bound=MIN_QWK)

    @pytest.fixture
    def registry(
        self, artifacts: ArtifactStoreProtocol, gate: WatchedGate
    ) -> ModelRegistryProtocol:
        """Return an empty registry that asks the gate."""
        raise NotImplementedError

    @pytest.fixture
    def shelf(self, registry: ModelRegistryProtocol, artifacts: ArtifactStoreProtocol) -> Shelf:
        """Return the registry under test with its artifacts."""
        return Shelf(registry, artifacts)
