"""What can be wrong with a promotion policy."""

from collections.abc import Sequence
from pathlib import Path

from huleedu_ml_training.domain.errors import NotFoundError, UsageError


class PolicyNotFoundError(NotFoundError):
    """The policy file is not there."""

    code = "policy-not-found"

    def __init__(self, *, path: Path) -> None:
        super().__init__()
        self.path = path

    @property
    def what(self) -> str:
        """Name the file."""
        return f"no promotion policy at {self.path}"

    @property
    def remedy(self) -> str:
        """Say how to make one."""
        return (
            "correct registry.policy, or begin with the built-in policy: "
            "train-essay-grader registry policy show > policy.yaml"
        )


class InvalidPolicyError(UsageError):
    """A promotion policy has an unknown key, an impossible value, or is no YAML at all.

    Attributes:
        path: The file.
        problems: One sentence per problem, each naming key and value.
    """

    code = "invalid-policy"

    def __init__(self, *, path: Path, problems: Sequence[str]) -> None:
        super().__init__()
        self.path = path
        self.problems = tuple(problems)

    @property
    def what(self) -> str:
        """List the problems."""
        if len(self.problems) == 1:
            return f"{self.path} is no promotion policy: {self.problems[0]}"
        lines = "\n".join(f"  - {line}" for line in self.problems)
        return f"{self.path} is no promotion policy:\n{lines}"

    @property
    def remedy(self) -> str:
        """Say how to see what is allowed."""
        return (
            "train-essay-grader registry policy show prints a policy with every key; "
            "registry policy check FILE tries one"
        )


class AmbiguousThresholdError(UsageError):
    """A setting feeds the built-in policy, and the settings name a policy file."""

    code = "ambiguous-threshold"

    @property
    def what(self) -> str:
        """Name both settings."""
        return "registry.min_qwk_lower_bound and registry.policy are both set"

    @property
    def why(self) -> str:
        """Say what the first one is for."""
        return "the former changes the built-in policy, which the latter replaces"

    @property
    def remedy(self) -> str:
        """Say where the bound belongs."""
        return "write the bound into the policy file: production.metrics.qwk.at_least"
