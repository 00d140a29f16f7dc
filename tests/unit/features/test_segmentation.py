"""Where paragraphs and sentences end, in texts by people who are still learning."""

import pytest

from huleedu_essay_features.document import EssayDocument


def sentences(text: str, language: str = "en") -> list[str]:
    document = EssayDocument(text, language)
    return [document.text[s.start : s.end] for s in document.sentences]


def paragraphs(text: str) -> list[str]:
    document = EssayDocument(text)
    return [document.text[start:end] for start, end in document.paragraphs]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("I came. I saw.", ["I came.", "I saw."]),
        ("Mr. Smith met Dr. Who. He left.", ["Mr. Smith met Dr. Who.", "He left."]),
        ("It cost 3.14 dollars. Really!", ["It cost 3.14 dollars.", "Really!"]),
        ("I went home. then I ate.", ["I went home.", "then I ate."]),
        ("We like cats, dogs, etc. They do too.", ["We like cats, dogs, etc.", "They do too."]),
        ("I like cats, e.g. mine.", ["I like cats, e.g. mine."]),
        ("At 5 p.m. we left.", ["At 5 p.m. we left."]),
        ("J. K. Rowling wrote it.", ["J. K. Rowling wrote it."]),
        ("I chose plan B. Then I slept.", ["I chose plan B.", "Then I slept."]),
        ("1. First. 2. Second.", ["1. First.", "2. Second."]),
        ("Well... I think so. But... No.", ["Well... I think so.", "But...", "No."]),
        ('"Stop!" he said. She left.', ['"Stop!" he said.', "She left."]),
        ("Is it? yes! it is", ["Is it?", "yes!", "it is"]),
        ("I am home.Then I ate.", ["I am home.", "Then I ate."]),
        ("I am home .Then I ate.", ["I am home .", "Then I ate."]),
        ("good grades.some do not", ["good grades.", "some do not"]),
        ("See www.example.com. It helps.", ["See www.example.com.", "It helps."]),
        ("Visit example.com today.", ["Visit example.com today."]),
        ("(He left.) She stayed.", ["(He left.)", "She stayed."]),
        ("Yes 😀. No 😀!", ["Yes 😀.", "No 😀!"]),
        ("no mark at all", ["no mark at all"]),
        (
            "- one thing\n- another thing\n- a third",
            ["- one thing", "- another thing", "- a third"],
        ),
        ("...", []),
        ("", []),
    ],
)
def test_english_sentences(text, expected):
    assert expected == sentences(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jag har t.ex. en hund. Den heter Åke.", ["Jag har t.ex. en hund.", "Den heter Åke."]),
        ("Katter, hundar osv. De är bl.a. snälla.", ["Katter, hundar osv.", "De är bl.a. snälla."]),
        ("Vi ses kl. 8 den 5. maj.", ["Vi ses kl. 8 den 5. maj."]),
        ("Flaskan är tom. Åsa går.", ["Flaskan är tom.", "Åsa går."]),
    ],
)
def test_swedish_sentences(text, expected):
    assert expected == sentences(text, "sv")


def test_what_holds_no_word_belongs_to_a_neighbour():
    assert ["Hello! !!!", "You."] == sentences("Hello! !!! You.")
    assert ["Title", "Text."] == sentences("***\n\nTitle\n\nText.")
    assert ["... and so on."] == sentences("... and so on.")


def test_blank_lines_separate_paragraphs():
    assert ["A title", "One line.\nAnother line.", "The end."] == paragraphs(
        "A title\n \t\nOne line.\nAnother line.\n\n\n\nThe end.\n"
    )


def test_without_blank_lines_each_line_is_a_paragraph():
    assert ["A title", "It begins.", "It ends."] == paragraphs("A title\r\nIt begins.\rIt ends.")


def test_lines_wrapped_at_a_width_are_one_paragraph():
    wrapped = (
        "This is a text that somebody typed with a line break\n"
        "after every fifty characters or so, as old programs\n"
        "did. Its lines end anywhere, and so they say nothing\n"
        "about paragraphs."
    )
    assert [wrapped] == paragraphs(wrapped)
    assert len(sentences(wrapped)) == 2
