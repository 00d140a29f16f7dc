"""Finding the language of essays that come without one."""

import csv

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from huleedu_essay_features import EssayInput, detection
from huleedu_essay_features.detection import (
    UNDETERMINED,
    DetectedLanguage,
    resolve_languages,
    standard_detector,
)
from huleedu_essay_features.errors import ModelDigestError, UnsupportedLanguageError
from huleedu_essay_features.extraction import FeaturePipeline
from huleedu_essay_features.extractors import ReadabilityExtractor
from huleedu_essay_features.parallel import ParallelFeaturePipeline

TEXTS = {
    "en": [
        "I think that school should begin later, because many students are tired.",
        "my freind and me was going to the store becuase we was hungry and he dont have no food",
        "Homework helps some pupils. Others only copy it, and then it's of no use at all.",
        "THE INTERNET IS BOTH A BLESSING AND A CURSE FOR TEENAGERS.",
    ],
    "sv": [
        "Jag tycker att skolan borde börja senare, eftersom många elever är trötta.",
        "min kompis och jag skulle gå till afären för vi va hungriga och han har ingen mat",
        "Läxor hjälper en del elever. Andra skriver bara av dem, och då är de till ingen nytta.",
        "INTERNET ÄR BÅDE EN VÄLSIGNELSE OCH EN FÖRBANNELSE FÖR UNGDOMAR.",
    ],
}
OTHERS = {
    "de": "Ich finde, dass die Schule später anfangen sollte, weil viele Schüler müde sind.",
    "no": "Mange elever er trøtte når de kommer til skolen, og det er vanskelig å lytte.",
    "nn": "Eg meiner at skulen burde byrje seinare om morgonen fordi mange elevar er trøytte.",
    "da": "Mange elever er trætte, når de kommer i skole, og det er svært at koncentrere sig.",
    "nl": "Ik vind dat de school later zou moeten beginnen omdat veel leerlingen moe zijn.",
    "fi": "Minusta koulun pitäisi alkaa myöhemmin aamulla, koska monet oppilaat ovat väsyneitä.",
    "es": "Creo que la escuela debería empezar más tarde porque los alumnos tienen sueño.",
}
UNCLEAR = ["", " \n", "?!", "12345", "ok", "a", "😀", "\x00", "Anna"]


class ScriptedDetector:
    """Gives the answers that it was told to give, and remembers the questions."""

    identity = {"language_detection": "scripted"}  # noqa: RUF012 - as any mapping

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def detect(self, text):
        self.asked.append(text)
        return self.answers[text]


@pytest.mark.parametrize("code", TEXTS)
def test_supported_languages_are_told_apart(code):
    for text in TEXTS[code]:
        detected = standard_detector().detect(text)
        assert code == detected.code
        assert 0.5 <= detected.confidence <= 1


@pytest.mark.parametrize("code", OTHERS)
def test_other_languages_are_not_taken_for_the_nearest_supported_one(code):
    assert code == standard_detector().detect(OTHERS[code]).code


@pytest.mark.parametrize("text", UNCLEAR)
def test_what_says_nothing_is_not_guessed(text):
    detected = standard_detector().detect(text)
    assert detected.code is None
    assert detected.confidence < 0.5


def test_the_greater_part_of_a_mixed_text_decides():
    swedish = "Jag skriver om min sommar. Vi var vid havet hela juli, och jag lärde mig segla. "
    english = "It was the best summer of my life. "
    assert "sv" == standard_detector().detect(swedish * 3 + english).code
    assert "en" == standard_detector().detect(english * 6 + swedish).code


@given(st.text(max_size=200), st.sampled_from(["", " ", "\r\n", "\u200b", "\ufeff"]))
@settings(max_examples=60, deadline=None)
def test_any_text_has_an_answer_that_its_ends_do_not_change(text, ends):
    detected = standard_detector().detect(text)
    assert 0 <= detected.confidence <= 1
    assert detected == standard_detector().detect(ends + text + ends)


def test_only_essays_without_a_language_are_asked_about():
    detector = ScriptedDetector({"b": DetectedLanguage("sv", 0.9)})
    essays = [EssayInput("a"), EssayInput("b", "task", UNDETERMINED), EssayInput("c", None, "sv")]
    resolved = resolve_languages(essays, detector)
    assert ["b"] == detector.asked
    assert [essays[0], EssayInput("b", "task", "sv"), essays[2]] == resolved


@pytest.mark.parametrize(
    ("answer", "language", "what"),
    [
        (DetectedLanguage("de", 0.97), "de", "seems to be in 'de'"),
        (DetectedLanguage(None, 0.31), "und", "cannot be told"),
    ],
)
def test_another_language_names_the_essay_and_the_way_out(answer, language, what):
    essays = [EssayInput("fine"), EssayInput("odd", language=UNDETERMINED)]
    with pytest.raises(UnsupportedLanguageError, match=what) as caught:
        resolve_languages(essays, ScriptedDetector({"odd": answer}))
    assert (language, 1) == (caught.value.language, caught.value.index)
    assert "essay 1 of the call" in caught.value.what
    assert f"{answer.confidence:.2f}" in caught.value.why
    assert "give the essay's language" in caught.value.remedy


def test_a_detected_language_gives_the_row_of_the_given_one():
    pipeline = FeaturePipeline([ReadabilityExtractor()])
    for code, texts in TEXTS.items():
        given_, detected = (
            pipeline.extract([EssayInput(text, language=language) for text in texts])
            for language in (code, UNDETERMINED)
        )
        assert given_.tobytes() == detected.tobytes()


def test_the_language_is_told_before_the_first_essay_is_worked_on():
    told = []
    essays = [EssayInput(TEXTS["en"][0])] * 3 + [EssayInput(OTHERS["de"], language=UNDETERMINED)]
    with pytest.raises(UnsupportedLanguageError) as caught:
        FeaturePipeline([ReadabilityExtractor()]).extract(
            essays, progress=lambda *step: told.append(step)
        )
    assert ([], 3) == (told, caught.value.index)


def test_workers_get_essays_whose_language_is_known():
    pipeline = FeaturePipeline([ReadabilityExtractor()])
    parallel = ParallelFeaturePipeline(
        pipeline, workers=2, factory="no.such.module:never_started", options={}
    )
    essays = [EssayInput(TEXTS["sv"][0], language=UNDETERMINED)] * 40
    with pytest.raises(UnsupportedLanguageError) as caught:
        parallel.extract([*essays, EssayInput("?!", language=UNDETERMINED)])
    assert 40 == caught.value.index


def test_the_schema_says_what_detects():
    ours = FeaturePipeline([ReadabilityExtractor()]).schema
    other = FeaturePipeline([ReadabilityExtractor()], detector=ScriptedDetector({})).schema
    assert "py3langid 0.4.0" in ours.backends["language_detection"]
    assert ours.digest != other.digest


def test_a_changed_model_is_not_loaded(tmp_path, monkeypatch):
    path = tmp_path / "model.npz.xz"
    path.write_bytes(b"something else")
    monkeypatch.setattr(detection, "find_package_file", lambda *_, **__: path)
    with pytest.raises(ModelDigestError) as caught:
        detection.LangidDetector().detect("Some text.")
    assert "py3langid==0.4.0" in caught.value.remedy


@pytest.mark.corpus
def test_essays_of_learners_are_english(ellipse_csv):
    with ellipse_csv.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["full_text"] for row in csv.DictReader(file)][::4]
    detected = [standard_detector().detect(text).code for text in texts]
    assert detected.count("en") >= 0.99 * len(detected)
