"""Promotion policies as files: what is allowed, what is said about the rest."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.config import RegistrySettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.registry.gating.policy import PromotionPolicy, Reasons, SyntheticData
from huleedu_ml_training.registry.gating.policy_errors import (
    AmbiguousThresholdError,
    InvalidPolicyError,
    PolicyNotFoundError,
)
from huleedu_ml_training.registry.gating.policy_file import (
    default_policy,
    default_policy_text,
    load_policy,
    parse_policy,
    policy_in_force,
)
from huleedu_ml_training.registry.gating.policy_rules import FrozenEssays
from huleedu_ml_training.registry.records import Stage

PAGE = Path(__file__).parents[3] / "docs" / "operations" / "promotion-policy.md"
SHORTEST = "policy_format: 1\nname: mine\npolicy_version: 1\nproduction: {}\n"


def parsed(text: str) -> PromotionPolicy:
    return parse_policy(text.encode(), Path("policy.yaml"))


def with_production(text: str) -> str:
    return SHORTEST.replace("{}", text)


def test_the_built_in_policy_is_one():
    policy = default_policy()
    assert ("default", Reasons.FORCE) == (policy.name, policy.require_reason)
    assert 0.4 == policy.production.metrics["qwk"].at_least
    assert policy == parsed(default_policy_text())
    assert policy == parsed(yaml.safe_dump(policy.model_dump(mode="json")))


def test_the_page_shows_the_built_in_policy_and_examples_that_hold():
    blocks = PAGE.read_text(encoding="utf-8").split("```yaml\n")[1:]
    policies = [parsed(block.split("```")[0]) for block in blocks]
    assert default_policy() == policies[0]
    assert len({policy.digest for policy in policies}) == len(policies) > 1


def test_what_a_short_policy_says_nothing_about_is_strict_or_not_asked():
    contract = parsed(SHORTEST).production
    assert SyntheticData.NEVER is contract.synthetic_data
    assert (True, True) == (contract.parity_certificate, contract.data_digest)
    assert contract.comparison is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it holds no mapping of keys"),
        ("- a\n", "it holds no mapping of keys"),
        ("{", "it is not YAML"),
        ("a: &x 1\nb: *x\n", "it holds an alias"),
        (f"{SHORTEST}name: other\n", "a key occurs twice in the mapping of line 1"),
        (with_production("{metrics: {qwk: {at_least: 0.4, at_least: 0.1}}}"), "occurs twice"),
        ("\0", "it is not YAML"),
        (SHORTEST.replace("name: mine\n", ""), "name is missing"),
        (SHORTEST.replace("mine", "../x"), "name is '../x'"),
        (SHORTEST.replace("format: 1", "format: 2"), "policy_format is 2"),
        (SHORTEST.replace("version: 1", "version: true"), "policy_version is True"),
        (SHORTEST.replace("version: 1", "version: 0"), "policy_version is 0"),
        (f"{SHORTEST}require_reason: never\n", "require_reason is 'never'"),
        (f"{SHORTEST}dev: {{}}\n", "unknown key dev"),
        (with_production("{parity: true}"), "unknown key production.parity"),
        (with_production("{parity_certificate: 1}"), "production.parity_certificate is 1"),
        (with_production("{synthetic_data: sometimes}"), "production.synthetic_data is 'someti"),
        (with_production("{metrics: {kappa: {at_least: 0}}}"), "there is no such metric; known"),
        (with_production("{metrics: {qwk: {}}}"), "production.metrics.qwk: give at_least"),
        (
            with_production("{metrics: {qwk: {at_least: 0.8, at_most: 0.2}}}"),
            "production.metrics.qwk: at_least 0.8 is above at_most 0.2",
        ),
        (with_production("{metrics: {smd: {within: 0.1, at_least: 0}}}"), "within alone"),
        (with_production("{metrics: {smd: {within: -0.1}}}"), "production.metrics.smd.within is"),
        (
            with_production("{metrics: {qwk: {at_least: '0.4'}}}"),
            "production.metrics.qwk.at_least is '0.4'",
        ),
        (with_production("{metrics: {qwk: {at_least: .nan}}}"), "at_least is nan"),
        (
            with_production("{metrics: {qwk: {at_least: 0.1, interval: middle}}}"),
            "production.metrics.qwk.interval is 'middle': Input should be 'whole' or 'any'",
        ),
        (with_production("{worst_prompt: {at_least: 0, min_essays: 5}}"), "min_essays is 5"),
        (with_production("{comparison: {metrics: {}}}"), "name at least one, such as qwk"),
        (with_production("{comparison: {metrics: {smd: {}}}}"), "no better and worse"),
        (with_production("{comparison: {metrics: {qwk: {margin: -1}}}}"), "qwk.margin is -1"),
        (
            with_production("{comparison: {metrics: {qwk: {}}, essays: essays.csv}}"),
            "production.comparison.essays is 'essays.csv': Input should be 'held_out'",
        ),
        (
            with_production("{comparison: {metrics: {qwk: {}}, essays: {path: a.csv}}}"),
            "production.comparison.essays.sha256 is missing",
        ),
        (
            with_production(
                "{comparison: {metrics: {qwk: {}}, essays: {path: a.csv, sha256: abc}}}"
            ),
            "production.comparison.essays.sha256 is 'abc'",
        ),
    ],
)
def test_what_is_wrong_is_named(text, said):
    with pytest.raises(InvalidPolicyError) as caught:
        parsed(text)
    assert 1 == len(caught.value.problems)
    assert said in caught.value.what
    assert "policy.yaml" in caught.value.what
    assert ExitCode.USAGE is caught.value.exit_code


def test_every_problem_is_named():
    with pytest.raises(InvalidPolicyError) as caught:
        parsed("policy_format: 1\nfoo: 1\nproduction: {bar: 2}\n")
    said = ["name is missing", "policy_version is missing", "unknown key production.bar"]
    assert sorted([*said, "unknown key foo"]) == sorted(caught.value.problems)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_policy_or_refused(data):
    try:
        parse_policy(data, Path("policy.yaml"))
    except InvalidPolicyError:
        return


def test_files(tmp_path):
    path = tmp_path / "policy.yaml"
    with pytest.raises(PolicyNotFoundError) as caught:
        load_policy(path)
    assert ExitCode.NOT_FOUND_OR_CONFLICT is caught.value.exit_code
    path.write_text(SHORTEST)
    assert parsed(SHORTEST) == load_policy(path)
    path.write_bytes(b"#" * 300_000)
    with pytest.raises(InvalidPolicyError, match="larger than"):
        load_policy(path)
    with pytest.raises(InvalidPolicyError, match="cannot be read"):
        load_policy(tmp_path)


def test_the_digest_is_of_what_is_said_not_how():
    again = f"# a comment\n{SHORTEST}require_reason:   force\n"
    assert parsed(SHORTEST).digest == parsed(again).digest
    others = [
        SHORTEST.replace("mine", "yours"),
        SHORTEST.replace("version: 1", "version: 2"),
        with_production("{data_digest: false}"),
        with_production("{metrics: {qwk: {at_least: 0.4}}}"),
        with_production("{metrics: {qwk: {at_least: 0.41}}}"),
        f"{SHORTEST}require_reason: always\n",
    ]
    digests = {parsed(text).digest for text in [SHORTEST, *others]}
    assert len(others) + 1 == len(digests)


class TestPolicyInForce:
    def test_the_built_in_one_with_another_bound(self):
        assert default_policy() == policy_in_force(RegistrySettings())
        looser = policy_in_force(RegistrySettings(min_qwk_lower_bound=0.0))
        assert 0.0 == looser.production.metrics["qwk"].at_least
        assert looser.digest != default_policy().digest

    def test_that_of_a_file(self, tmp_path):
        path = tmp_path / "policy.yaml"
        path.write_text(SHORTEST)
        assert "mine" == policy_in_force(RegistrySettings(policy=path)).name
        with pytest.raises(AmbiguousThresholdError) as caught:
            policy_in_force(RegistrySettings(policy=path, min_qwk_lower_bound=0.0))
        assert ExitCode.USAGE is caught.value.exit_code


@pytest.mark.parametrize(
    ("reasons", "elsewhere", "production", "forced"),
    [
        ("force", False, False, True),
        ("production", False, True, True),
        ("always", True, True, True),
    ],
)
def test_when_a_reason_must_be_given(reasons, elsewhere, production, forced):
    policy = parsed(f"{SHORTEST}require_reason: {reasons}\n")
    assert (elsewhere, production, forced) == (
        policy.demands_reason(touches_production=False, forced=False),
        policy.demands_reason(touches_production=True, forced=False),
        policy.demands_reason(touches_production=False, forced=True),
    )


def test_contracts_and_essays():
    essays = "{path: a.csv, sha256: " + "a" * 64 + "}"
    policy = parsed(with_production("{comparison: {metrics: {qwk: {}}, essays: " + essays + "}}"))
    assert policy.names_essays
    assert not default_policy().names_essays
    assert FrozenEssays(path="a.csv", sha256="a" * 64) == policy.production.comparison.essays
    assert [None, policy.staging, policy.production, None] == [
        policy.contract(stage)
        for stage in (Stage.DEV, Stage.STAGING, Stage.PRODUCTION, Stage.ARCHIVED)
    ]
