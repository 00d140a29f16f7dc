"""The setting ``features.pipeline``: what it may name, and what is made of it."""

import subprocess
import sys

import numpy as np
import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.adapters import PlatformFeaturePipeline, load_pipeline
from huleedu_essay_features.adapters.errors import (
    NotAPipelineError,
    PipelineFactoryError,
    PipelineImportError,
    PipelineReferenceError,
    PluggedMatrixError,
)
from huleedu_essay_features.errors import MissingModelError
from huleedu_essay_features.parallel import ParallelFeaturePipeline
from huleedu_ml_training.config import FeatureSettings
from huleedu_ml_training.domain.errors import ExitCode
from huleedu_ml_training.features.errors import FeatureExtractionError, InvalidPipelineError
from huleedu_ml_training.features.pipelines import open_pipeline

COUNTING = "huleedu_ml_training.testing.fakes.feature_pipeline:CountingFeaturePipeline"

PLATFORM = """
class Words:
    name = "words"
    version = "{version}"

    async def extract(self, context):
        return {{"letters": len(context.text), "words": len(context.text.split())}}


class Whole:
    name = "whole"

    async def extract_features(self, *, raw_text, prompt_text, language):
        return {{"letters": len(raw_text)}}


def extractors():
    return [Words()]


def whole():
    return Whole()
"""
ESSAYS = [EssayInput(f"Dog {i} barks. " * (1 + i % 3)) for i in range(20)]


@pytest.fixture
def platform(make_module):
    return make_module("platform_features", PLATFORM.format(version=1))


def test_a_pipeline_of_ours_is_used_as_it_is():
    pipeline = load_pipeline(COUNTING)
    assert ("words", "characters", "prompt_words") == pipeline.schema.names
    assert [2.0, 8.0] == pipeline.extract([EssayInput("Two dogs")])[0, :2].tolist()
    pipeline.close()


@pytest.mark.parametrize(
    ("factory", "names"), [("extractors", ("letters", "words")), ("whole", ("letters",))]
)
def test_the_platforms_shapes_are_adapted(platform, factory, names):
    pipeline = load_pipeline(f"{platform}:{factory}")
    assert isinstance(pipeline, PlatformFeaturePipeline)
    assert names == pipeline.schema.names
    pipeline.close()


def test_several_processes_give_what_one_gives(platform):
    one = load_pipeline(f"{platform}:extractors")
    two = load_pipeline(f"{platform}:extractors", workers=2)
    try:
        assert isinstance(two, ParallelFeaturePipeline)
        assert one.extract(ESSAYS).tobytes() == two.extract(ESSAYS).tobytes()
    finally:
        one.close()
        two.close()


@pytest.mark.parametrize(
    "reference",
    ["", "module", "module:", ":factory", "a b:c", "a:b:c", "a..b:c", "a:b()", "../a:b"],
)
def test_a_text_of_another_form_is_refused(reference):
    with pytest.raises(PipelineReferenceError, match="module:function"):
        load_pipeline(reference)


def test_what_cannot_be_imported_says_why(make_module):
    make_module("broken_module", "import json\nraise ValueError('no licence')\n")
    for reference, reason in (
        ("no_such_module:make", "No module named 'no_such_module'"),
        ("broken_module:make", "ValueError: no licence"),
        ("json:make", "the module json has no function make"),
        ("json:__doc__", "the module json has no function __doc__"),
    ):
        with pytest.raises(PipelineImportError) as caught:
            load_pipeline(reference)
        assert reason in caught.value.why


RETURNING = """
import numpy as np
from huleedu_essay_features import FeatureDefinition, FeatureSchema
from huleedu_essay_features.errors import MissingModelError

class Synchronous:
    name = "s"
    def extract(self, context): return {{}}

class Mine:
    schema = FeatureSchema((FeatureDefinition("a", "task", "count", "A."),))
    def extract(self, essays, *, progress=None): return {matrix}

async def coroutine(): return []
def nothing(): return None
def number(): return 3
def empty(): return []
def synchronous(): return [Synchronous()]
def mine(): return Mine()
def failing(): raise OSError("disk on fire")
def missing(): raise MissingModelError(part="parser", package="thing")
def wanting(argument): return []
"""


@pytest.mark.parametrize(
    ("factory", "got"),
    [
        ("coroutine", "a coroutine"),
        ("nothing", "None"),
        ("number", "an object of type int"),
        ("empty", "an object of type list"),
        ("synchronous", "an object of type list"),
    ],
)
def test_anything_else_is_no_pipeline(make_module, factory, got):
    module = make_module("returning", RETURNING.format(matrix=None))
    with pytest.raises(NotAPipelineError, match=got):
        load_pipeline(f"{module}:{factory}")


def test_a_failing_factory_says_what_it_raised(make_module):
    module = make_module("returning", RETURNING.format(matrix=None))
    with pytest.raises(PipelineFactoryError, match="OSError: disk on fire"):
        load_pipeline(f"{module}:failing")
    with pytest.raises(PipelineFactoryError, match="argument"):
        load_pipeline(f"{module}:wanting")
    with pytest.raises(MissingModelError):
        load_pipeline(f"{module}:missing")


@pytest.mark.parametrize(
    ("matrix", "reason"),
    [
        ("[[1.0]]", "it is of type list"),
        ("np.ones((len(essays), 2), np.float32)", r"its shape is \(1, 2\), expected \(1, 1\)"),
        ("np.ones((len(essays), 1))", "its values are float64"),
    ],
)
def test_a_matrix_of_another_kind_is_refused(make_module, matrix, reason):
    pipeline = load_pipeline(make_module("returning", RETURNING.format(matrix=matrix)) + ":mine")
    with pytest.raises(PluggedMatrixError, match=reason):
        pipeline.extract([EssayInput("x")])
    pipeline.close()


def test_the_setting_chooses_the_pipeline():
    pipeline = open_pipeline(FeatureSettings(pipeline=COUNTING, workers=1))
    assert ("words", "characters", "prompt_words") == pipeline.schema.names
    pipeline.close()


@pytest.mark.parametrize("reference", ["nonsense", "no_such_module:make", "json:loads"])
def test_a_wrong_setting_is_a_usage_error(reference):
    # json.loads() without an argument fails as a factory, and is told apart from a wrong name.
    expected = FeatureExtractionError if reference == "json:loads" else InvalidPipelineError
    with pytest.raises(expected) as caught:
        open_pipeline(FeatureSettings(pipeline=reference))
    assert reference in caught.value.what
    usage = caught.value.exit_code == ExitCode.USAGE
    assert (expected is InvalidPipelineError) == usage


DIGEST = """
import sys
from huleedu_essay_features.adapters import load_pipeline
print(load_pipeline(sys.argv[1]).schema.digest)
"""


def digest_elsewhere(reference, tmp_path, hash_seed):
    done = subprocess.run(
        [sys.executable, "-c", DIGEST, reference],
        env={"PYTHONPATH": str(tmp_path), "PYTHONHASHSEED": hash_seed},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_the_digest_is_the_same_in_every_process_and_another_for_other_code(make_module, tmp_path):
    module = make_module("platform_features", PLATFORM.format(version=1))
    here = load_pipeline(f"{module}:extractors").schema
    assert {here.digest} == {
        digest_elsewhere(f"{module}:extractors", tmp_path, seed) for seed in ("1", "2")
    }
    assert "source " in here.backends["extractor.words"]
    make_module("platform_features", PLATFORM.format(version=1).replace("split()", "split(' ')"))
    assert here.digest != digest_elsewhere(f"{module}:extractors", tmp_path, "1")


def test_a_package_is_known_by_its_version(adapted_numpy):
    assert f"numpy {np.__version__}" in adapted_numpy.schema.backends["extractor.fromnumpy"]


@pytest.fixture
def adapted_numpy():
    class Extractor:
        name = "fromnumpy"

        async def extract(self, context):
            return {"x": 1}

    Extractor.__module__ = "numpy.made_up"
    pipeline = PlatformFeaturePipeline([Extractor()])
    yield pipeline
    pipeline.close()
