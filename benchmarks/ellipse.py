"""The ELLIPSE development file as every benchmark reads it, with the research filter.

Essays of 200 to 1,000 words; four prompts are dropped, which ask for something else than the rest
do. Grades are the overall ones, 1.0 to 5.0 in halves.
"""

import csv
from pathlib import Path

from huleedu_ml_training.domain.dataset import EssayDataset
from huleedu_ml_training.domain.grades import GradeScale
from huleedu_ml_training.domain.text_identity import count_words

DROPPED_PROMPTS = (
    "Community service",
    "Grades for extracurricular activities",
    "Cell phones at school",
    "Letter to employer",
)
MIN_WORDS, MAX_WORDS = 200, 1000


def read_ellipse(path: Path) -> EssayDataset:
    """Return the essays that pass the filter, in the order of the file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [
            row
            for row in csv.DictReader(file)
            if row["prompt"] not in DROPPED_PROMPTS
            and MIN_WORDS <= count_words(row["full_text"]) <= MAX_WORDS
        ]
    scale = GradeScale.named("ellipse_overall")
    return EssayDataset.create(
        scale=scale,
        essay_ids=[row["text_id_kaggle"] for row in rows],
        texts=[row["full_text"] for row in rows],
        grades=scale.encode(row["Overall"] for row in rows),
        prompts=[row["prompt"] for row in rows],
        languages=["en"] * len(rows),
    )
