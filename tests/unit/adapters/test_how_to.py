"""The how-to page: its modules run, and do what the page says."""

import re
from pathlib import Path

import numpy as np
import pytest

from huleedu_essay_features import EssayInput
from huleedu_essay_features.adapters import load_pipeline
from huleedu_ml_training.testing.pipeline_suite import FeaturePipelineSuite

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "plug-in-a-pipeline.md"


def module_of_the_page(name: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    (source,) = re.findall(rf"`{name}\.py`:\n\n```python\n(.*?)```", text, re.DOTALL)
    return source


class OfThePage(FeaturePipelineSuite):
    module = ""

    @pytest.fixture
    def pipeline(self, make_module):
        make_module(self.module, module_of_the_page(self.module))
        pipeline = load_pipeline(f"{self.module}:create_pipeline")
        yield pipeline
        pipeline.close()


class TestExtractorsOfThePage(OfThePage):
    module = "our_features"

    def test_it_answers_as_the_page_says(self, pipeline):
        assert ("mean_word_length", "word_count", "level", "prompt_words") == pipeline.schema.names
        essays = [EssayInput("a bc " * 70, "A bc d"), EssayInput("abc")]
        got = pipeline.extract(essays)
        np.testing.assert_array_equal([[1.5, 140, 1, 2], [3, 1, 0, np.nan]], got)


class TestPipelineOfThePage(OfThePage):
    module = "my_features"

    def test_it_answers_as_the_page_says(self, pipeline):
        assert [[2.0, 7.0]] == pipeline.extract([EssayInput("a, b, c")]).tolist()
