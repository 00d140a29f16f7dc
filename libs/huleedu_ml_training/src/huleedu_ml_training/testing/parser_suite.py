"""Conformance suite of :class:`SyntaxParserProtocol`: inherit it and override one fixture."""

import json
import threading
from itertools import pairwise

import pytest

from huleedu_essay_features.analysis import ParsedSentence
from huleedu_essay_features.document import EssayDocument
from huleedu_essay_features.errors import UnsupportedLanguageError
from huleedu_essay_features.languages import SUPPORTED_LANGUAGES
from huleedu_essay_features.protocols import SyntaxParserProtocol

UNIVERSAL_TAGS = frozenset(
    {"ADJ", "ADP", "ADV", "AUX", "CCONJ", "DET", "INTJ", "NOUN", "NUM", "PART", "PRON", "PROPN"}
    | {"PUNCT", "SCONJ", "SYM", "VERB", "X"}
)
"""Parts of speech of Universal Dependencies."""

_TEXTS = {
    "en": "The dog, which I don’t  like,\nbarks. Nobody sleeps!\n\nTherefore we moved away.",
    "sv": "Hunden, som jag inte  gillar,\nskäller. Ingen sover!\n\nDärför flyttade vi.",
}
_ODD_TEXTS = {
    "one word": "Hello",
    "no word": "?! ... --",
    "no end": "no capital and no end",
    "no space": "One,two;three/four(five)six",
    "many spaces": "one \t two\n\u00a0three   four",
    "NUL and control characters": "a\x00b\x07 c",
    "lone surrogate": "a \ud800 b",
    "emoji": "I ❤️ cats 😀👩‍👩‍👧.",
    "combining marks": "e\u0301\u0323 a\u0308\u0308 \u0301x",
    "mixed scripts": "Привет мир, hello 世界 and γειά σου مرحبا.",
    "addresses": "See https://example.com/a?b=c&d or a.b@c.se (or not...).",
    "one endless word": "a" * 5000,
    "endless marks": "a " + "." * 3000 + "(" * 3000,
    "one endless sentence": "and then the dog saw a cat " * 150,
    "many paragraphs": "No.\n\n" * 200,
}


class SyntaxParserSuite:
    """What every parser does. Override :meth:`parser`."""

    @pytest.fixture
    def parser(self) -> SyntaxParserProtocol:
        """Return a parser of English, Swedish, or both."""
        raise NotImplementedError

    def test_names_its_languages(self, parser: SyntaxParserProtocol) -> None:
        """At least one, none twice, all of them ours."""
        assert parser.languages
        assert len(parser.languages) == len(set(parser.languages))
        assert set(parser.languages) <= set(SUPPORTED_LANGUAGES)

    def test_refuses_other_languages(self, parser: SyntaxParserProtocol) -> None:
        """No sentence is parsed by the rules of another language."""
        for language in set(SUPPORTED_LANGUAGES) - set(parser.languages):
            with pytest.raises(UnsupportedLanguageError):
                parser.parse(EssayDocument(_TEXTS[language], language))

    def test_identity_is_fixed(self, parser: SyntaxParserProtocol) -> None:
        """It can be written out, says something, and parsing does not change it."""
        before = dict(parser.identity)
        for language in parser.languages:
            parser.parse(EssayDocument(_TEXTS[language], language))
        assert dict(parser.identity) == before
        assert before == json.loads(json.dumps(before))
        assert all(isinstance(value, str) and value for value in before.values())
        assert before

    def test_a_text_without_characters_has_no_sentence(self, parser: SyntaxParserProtocol) -> None:
        """Neither has white space alone."""
        for language in parser.languages:
            assert parser.parse(EssayDocument("", language)) == ()
            assert parser.parse(EssayDocument(" \n\t ", language)) == ()

    def test_parses_are_sound(self, parser: SyntaxParserProtocol) -> None:
        """Sentences, tokens and heads of an ordinary text are what the protocol says."""
        for language in parser.languages:
            document = EssayDocument(_TEXTS[language], language)
            assert_sound(parser.parse(document), document)

    @pytest.mark.parametrize("text", _ODD_TEXTS.values(), ids=_ODD_TEXTS.keys())
    def test_parses_of_odd_texts_are_sound(self, parser: SyntaxParserProtocol, text: str) -> None:
        """Whatever the characters are."""
        for language in parser.languages:
            document = EssayDocument(text, language)
            assert_sound(parser.parse(document), document)

    def test_the_same_text_gives_the_same_parse(self, parser: SyntaxParserProtocol) -> None:
        """Whatever was parsed in between."""
        for language in parser.languages:
            first = parser.parse(EssayDocument(_TEXTS[language], language))
            parser.parse(EssayDocument("Something else entirely.", language))
            assert first == parser.parse(EssayDocument(_TEXTS[language], language))

    def test_threads_may_share_it(self, parser: SyntaxParserProtocol) -> None:
        """Eight threads on different texts get what one gets."""
        texts = [
            (f"{_TEXTS[language]} {number} of them came.", language)
            for language in parser.languages
            for number in range(8)
        ]
        expected = [parser.parse(EssayDocument(*text)) for text in texts]
        got: dict[int, list[tuple[ParsedSentence, ...]]] = {}

        def parse(thread: int) -> None:
            order = [*range(thread, len(texts)), *range(thread)]
            parsed = {place: parser.parse(EssayDocument(*texts[place])) for place in order}
            got[thread] = [parsed[place] for place in range(len(texts))]

        threads = [threading.Thread(target=parse, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert got == dict.fromkeys(range(8), expected)


def assert_sound(parsed: tuple[ParsedSentence, ...], document: EssayDocument) -> None:
    """Check what the protocol says of a document's parse."""
    assert len(parsed) == len(document.sentences)
    for sentence, own in zip(parsed, document.sentences, strict=True):
        tokens = sentence.tokens
        for token in tokens:
            assert own.start <= token.start < token.end <= own.end
            assert document.text[token.start : token.end] == token.text
            assert token.upos in UNIVERSAL_TAGS
            assert token.tag
            assert token.dep == token.dep.lower() != ""
            assert 0 <= token.head < len(tokens)
        assert all(token.end <= after.start for token, after in pairwise(tokens))
        written = "".join(document.text[own.start : own.end].split())
        assert "".join("".join(token.text for token in tokens).split()) == written
        roots = {index for index, token in enumerate(tokens) if token.head == index}
        assert roots == {index for index, token in enumerate(tokens) if token.dep == "root"}
        assert_tree(sentence, roots)


def assert_tree(sentence: ParsedSentence, roots: set[int]) -> None:
    """Check that a root is reached from every token."""
    reached = set(roots)
    for start in range(len(sentence.tokens)):
        path = []
        place = start
        while place not in reached:
            assert place not in path
            path.append(place)
            place = sentence.tokens[place].head
        reached.update(path)
