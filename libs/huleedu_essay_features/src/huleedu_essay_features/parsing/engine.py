"""A trained spaCy pipeline, reduced to what gives tags and heads."""

import threading
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import spacy.util
import srsly
from spacy.tokens import Doc
from thinc.api import Config

from huleedu_essay_features.parsing.errors import UnsupportedPipelineError
from huleedu_essay_features.parsing.network import TagNetwork, TokenEncoder, TransitionNetwork

_COMPONENTS = ("tok2vec", "tagger", "parser")
_SUPPORTED = {
    "tok2vec.model.@architectures": "spacy.Tok2Vec.v2",
    "tok2vec.model.embed.@architectures": "spacy.MultiHashEmbed.v2",
    "tok2vec.model.embed.include_static_vectors": False,
    "tok2vec.model.encode.@architectures": "spacy.MaxoutWindowEncoder.v2",
    "tok2vec.model.encode.window_size": 1,
    "tagger.model.@architectures": "spacy.Tagger.v2",
    "tagger.model.tok2vec.@architectures": "spacy.Tok2VecListener.v1",
    "parser.model.@architectures": "spacy.TransitionBasedParser.v2",
    "parser.model.use_upper": True,
    "parser.model.tok2vec.@architectures": "spacy.Tok2VecListener.v1",
}
"""What the networks of small pipelines are, in the terms of their configuration."""

_MOST_WORDS = 100_000


class LabelledSentence(NamedTuple):
    """The tokens of a sentence, by position.

    Attributes:
        starts: Offset of each token in the sentence.
        ends: Offset after each token.
        tags: The language's own tag of each token.
        deps: The pipeline's relation of each token to its head.
        heads: Position of each token's head; its own for a root.
    """

    starts: list[int]
    ends: list[int]
    tags: list[str]
    deps: list[str]
    heads: list[int]


class SpacyEngine:
    """Tags and parses sentences, each on its own. Safe for concurrent use.

    Args:
        files: Contents of the pipeline's files, verified; see ``models.MODEL_FILES``.
        origin: Where they come from, for errors.

    Raises:
        UnsupportedPipelineError: Its networks are not those of spaCy's small pipelines.
    """

    def __init__(self, files: Mapping[str, bytes], *, origin: str) -> None:
        nlp = _load(files, origin)
        self._nlp = nlp
        self._encoder = TokenEncoder(nlp.get_pipe("tok2vec").model)
        self._tags = TagNetwork(nlp.get_pipe("tagger"))
        self._transitions = TransitionNetwork(nlp.get_pipe("parser"))
        self._lock = threading.Lock()

    @property
    def is_full(self) -> bool:
        """Whether it is time for a new engine: spaCy keeps every word that it ever saw.

        Its own remedy, a memory zone, switches off its cache and makes it five times slower.
        """
        return len(self._nlp.vocab) > _MOST_WORDS

    def parse(self, sentences: Sequence[str]) -> list[LabelledSentence]:
        """Return the tokens of sentences.

        Args:
            sentences: At least one; each holds a character but white space.
        """
        with self._lock:
            docs = [self._nlp.tokenizer(sentence) for sentence in sentences]
            vectors = self._encoder(docs)
            tags = iter(self._tags(vectors))
            self._transitions.annotate(docs, vectors)
            return [self._labelled(doc, list(islice(tags, len(doc)))) for doc in docs]

    def _labelled(self, doc: Doc, tags: list[str]) -> LabelledSentence:
        strings = self._nlp.vocab.strings
        table: Any = doc.to_array(["IDX", "LENGTH", "HEAD", "DEP"])
        starts, lengths, distances = table[:, :3].astype(np.int64).T
        return LabelledSentence(
            starts.tolist(),
            (starts + lengths).tolist(),
            tags,
            [strings[code] for code in table[:, 3].tolist()],
            (np.arange(len(table)) + distances).tolist(),
        )


def _load(files: Mapping[str, bytes], origin: str) -> Any:
    """Return the pipeline. Its files are JSON, MessagePack and arrays; none is a pickle."""
    config = Config().from_str(files["config.cfg"].decode())
    for setting, expected in _SUPPORTED.items():
        got: Any = config["components"]
        for key in setting.split("."):
            got = got.get(key) if isinstance(got, dict) else None
        if got != expected:
            raise UnsupportedPipelineError(
                origin=origin, setting=setting, expected=expected, got=got
            )
    unused = [name for name in config["components"] if name not in _COMPONENTS]
    nlp: Any = spacy.util.load_model_from_config(config, exclude=unused, auto_fill=True)
    vocab = {"strings": files["vocab/strings.json"], "lookups": files["vocab/lookups.bin"]}
    nlp.vocab.from_bytes(srsly.msgpack_dumps(vocab), exclude=["vectors"])
    nlp.tokenizer.from_bytes(files["tokenizer"], exclude=["vocab"])
    for name, pipe in nlp.pipeline:
        parts = {
            part: files[f"{name}/{part}"]
            for part in ("cfg", "moves", "model")
            if f"{name}/{part}" in files
        }
        pipe.from_bytes(srsly.msgpack_dumps(parts), exclude=["vocab"])
    return nlp
