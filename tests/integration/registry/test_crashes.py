"""Killed with −9 at every step of every change: all of it happened or nothing, nothing is left."""

import pytest

from huleedu_ml_training.testing.torture.breaking import kill_everywhere
from huleedu_ml_training.testing.torture.operations import OPERATIONS
from huleedu_ml_training.testing.torture.victims import VictimSource


@pytest.fixture(scope="module")
async def victims():
    async with VictimSource() as source:
        yield source


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("register", ["os.mkdir", "open manifest.json", "os.rename", "INSERT INTO", "commit"]),
        ("promote", ["UPDATE ml_training.ml_models", "INSERT INTO", "commit"]),
        ("rollback", ["UPDATE ml_training.ml_models", "INSERT INTO", "commit"]),
        ("gc", ["os.rename", "shutil.rmtree", "os.rmdir", "after the transaction"]),
    ],
)
async def test_killed_at_every_step(shelf, victims, database_url, tmp_path, name, steps):
    *deaths, end = await kill_everywhere(victims, shelf, name, url=database_url, home=tmp_path)
    assert end.told
    assert len(deaths) >= 12
    for step in steps:
        assert any(death.at.startswith(step) for death in deaths), deaths
    if OPERATIONS[name].entries:
        # Until its last commit nothing, and from then on everything.
        commits = [index for index, death in enumerate(deaths) if death.at == "commit"]
        assert [index > commits[-1] for index in range(len(deaths))] == [
            death.happened for death in deaths
        ]
