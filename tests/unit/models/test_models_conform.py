"""Real models, calibrators and rules, and the fake, keep the promises of their protocols."""

import pytest

from huleedu_ml_training.config import BoosterSettings, ModelSettings
from huleedu_ml_training.models.catalogue import create_trainer
from huleedu_ml_training.testing.calibrator_suite import CalibratorSuite
from huleedu_ml_training.testing.classifier_suite import OrdinalClassifierSuite
from huleedu_ml_training.testing.decision_suite import DecisionRuleSuite
from huleedu_ml_training.testing.fakes.classifier import LinearTrainer


class TestCumulativeBinaryOnLightGBM(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        booster = BoosterSettings(max_rounds=30, early_stopping_rounds=5, feature_fraction=0.8)
        return create_trainer(ModelSettings(booster=booster), threads=1)


class JointThresholdOnLightGBM(OrdinalClassifierSuite):
    link = "logit"
    stopping_loss = "log_loss"

    @pytest.fixture
    def trainer(self):
        booster = BoosterSettings(max_rounds=30, early_stopping_rounds=5, feature_fraction=0.8)
        model = ModelSettings(
            kind="joint_threshold",
            link=self.link,
            stopping_loss=self.stopping_loss,
            booster=booster,
        )
        return create_trainer(model, threads=1)


class TestJointThresholdLogitOnLightGBM(JointThresholdOnLightGBM):
    pass


class TestJointThresholdProbitOnLightGBM(JointThresholdOnLightGBM):
    link = "probit"


class TestJointThresholdCloglogOnLightGBM(JointThresholdOnLightGBM):
    link = "cloglog"
    stopping_loss = "rps"


class TestRegressionOnLightGBM(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        booster = BoosterSettings(max_rounds=30, early_stopping_rounds=5, feature_fraction=0.8)
        return create_trainer(ModelSettings(kind="regression", booster=booster), threads=1)


class TestMulticlassOnLightGBM(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        booster = BoosterSettings(max_rounds=20, early_stopping_rounds=5, feature_fraction=0.8)
        return create_trainer(ModelSettings(kind="multiclass", booster=booster), threads=1)


class TestRidge(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        return create_trainer(ModelSettings(kind="ridge"), threads=1)


class TestFakeTrainer(OrdinalClassifierSuite):
    @pytest.fixture
    def trainer(self):
        return LinearTrainer()


class TestPlatt(CalibratorSuite):
    @pytest.fixture
    def method(self):
        return "platt"


class TestNoCalibration(CalibratorSuite):
    @pytest.fixture
    def method(self):
        return "none"


class TestTemperature(CalibratorSuite):
    @pytest.fixture
    def method(self):
        return "temperature"


class TestIsotonic(CalibratorSuite):
    @pytest.fixture
    def method(self):
        return "isotonic"


class TestMostProbable(DecisionRuleSuite):
    @pytest.fixture
    def rule(self):
        return "most_probable"


class TestMedian(DecisionRuleSuite):
    @pytest.fixture
    def rule(self):
        return "median"


class TestRoundedExpectation(DecisionRuleSuite):
    @pytest.fixture
    def rule(self):
        return "rounded_expectation"


class TestQwkCutpoints(DecisionRuleSuite):
    @pytest.fixture
    def rule(self):
        return "qwk_cutpoints"


class TestEquating(DecisionRuleSuite):
    @pytest.fixture
    def rule(self):
        return "equating"
