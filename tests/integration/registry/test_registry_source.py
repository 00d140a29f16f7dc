"""Grading with what the registry has in production, as the how-to page shows."""

import asyncio
import re
from pathlib import Path

from huleedu_essay_features.pipeline import create_pipeline
from huleedu_ml_training.registry.candidates import candidate_from_bundle
from huleedu_ml_training.registry.records import Stage
from huleedu_ml_training.testing.working_bundles import working_bundle

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "score-in-a-service.md"
TEXTS = ["I like my school. It is big."]


async def test_a_promotion_reaches_the_service_of_the_page(
    shelf, database_url, tmp_path, monkeypatch
):
    schema = create_pipeline("none", parser="none", checker="none").schema

    async def promote(version):
        bundle = working_bundle(schema, version=version)
        path = await shelf.artifacts.write(f"model_{version}", bundle.files)
        candidate = candidate_from_bundle(bundle, model_path=path)
        model = await shelf.registry.register(candidate, actor="anna", correlation_id="c-1")
        await shelf.promote(model, Stage.STAGING, Stage.PRODUCTION)

    await promote("20250101_000000")
    monkeypatch.setenv("HULEEDU_ML_DATABASE_URL", database_url)
    monkeypatch.setenv("HULEEDU_ML_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names = {}
    exec(blocks[2], names)
    scorer = names["scorer"]
    try:
        assert "20250101_000000" == scorer.status.version
        await promote("20250102_000000")
        await asyncio.to_thread(scorer.check)
        assert "20250102_000000" == scorer.status.version
        assert 1 == len(await scorer.score_texts_async(TEXTS))
    finally:
        scorer.close()
