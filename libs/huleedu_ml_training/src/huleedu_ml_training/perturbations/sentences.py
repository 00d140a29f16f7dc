"""Sentences out of order, twice, or behind words that join nothing."""

from random import Random

from huleedu_essay_features.document import EssayDocument
from huleedu_ml_training.perturbations.editing import replace_spans

CONNECTIVES = {
    "en": (
        "Moreover,",
        "In addition,",
        "Furthermore,",
        "However,",
        "As a matter of fact,",
        "Consequently,",
        "On the other hand,",
        "To put it differently,",
    ),
    # Such as leave the order of words after them as it is.
    "sv": (
        "Som sagt,",
        "Kort sagt,",
        "Med andra ord,",
        "Det vill säga,",
        "För att sammanfatta:",
        "För att upprepa:",
    ),
}
"""Language → words that pretend to join sentences."""

_FIRST_PERSON = ("i", "i'")


def double(document: EssayDocument, rng: Random) -> str:
    """Write the whole essay twice."""
    del rng
    return f"{document.text}\n\n{document.text}"


def shuffle_sentences(document: EssayDocument, rng: Random) -> str:
    """Put the sentences in a random order; paragraphs keep their number of sentences."""
    text = document.text
    places = [(sentence.start, sentence.end) for sentence in document.sentences]
    contents = [text[start:end] for start, end in places]
    rng.shuffle(contents)
    edits = [(start, end, content) for (start, end), content in zip(places, contents, strict=True)]
    return replace_spans(text, edits)


def pad_with_connectives(document: EssayDocument, rng: Random) -> str:
    """Put a connective before each sentence that begins with a function word.

    Before another word it would have to be known whether that word is a name, whose capital stays.
    """
    connectives = list(CONNECTIVES[document.language])
    rng.shuffle(connectives)
    edits: list[tuple[int, int, str]] = []
    for sentence in document.sentences:
        first = sentence.words[0]
        if first.start != sentence.start or first.key not in document.profile.function_words:
            continue
        if not first.text[0].isupper() or (len(first.text) > 1 and first.text.isupper()):
            continue
        stays = first.key == _FIRST_PERSON[0] or first.key.startswith(_FIRST_PERSON[1])
        word = first.text if stays else first.text[0].lower() + first.text[1:]
        connective = connectives[len(edits) % len(connectives)]
        edits.append((first.start, first.end, f"{connective} {word}"))
    return replace_spans(document.text, edits)


def lower_case(document: EssayDocument, rng: Random) -> str:
    """Write everything in lower case."""
    del rng
    return document.text.lower()
