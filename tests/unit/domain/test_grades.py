import pytest

from huleedu_ml_training.domain.grades import GradeScale, InvalidScaleError, UnknownGradeError

SWEDISH = GradeScale.named("swedish_8")
ELLIPSE = GradeScale.named("ellipse_overall")


def test_labels_have_their_place_as_index():
    assert SWEDISH.encode(["F", "D+", "A"]).tolist() == [0, 3, 7]
    assert SWEDISH.decode([0, 3, 7]) == ("F", "D+", "A")


def test_the_lowest_grade_is_a_grade_like_any_other():
    assert SWEDISH.index("F") == 0


def test_numbers_match_by_value():
    assert ELLIPSE.encode(["3", "3.0", "3.50", " 1 "]).tolist() == [4, 4, 5, 0]


def test_labels_of_words_match_exactly():
    with pytest.raises(UnknownGradeError):
        SWEDISH.encode(["d+"])


def test_every_unknown_label_is_named_with_its_position():
    with pytest.raises(UnknownGradeError) as caught:
        SWEDISH.encode(["A", "G", "B", "b", "G"])

    assert caught.value.labels == ("G", "b")
    assert caught.value.positions == (1, 3, 4)
    assert "'G', 'b'" in str(caught.value)


@pytest.mark.parametrize("label", ["nan", "inf", "3.25", "", "three"])
def test_nothing_is_guessed_on_a_numeric_scale(label):
    with pytest.raises(UnknownGradeError):
        ELLIPSE.encode([label])


@pytest.mark.parametrize(
    ("labels", "reason"),
    [
        (("A",), "fewer than two"),
        (("A", "A"), "twice"),
        (("1", "1.0"), "twice"),
        (("A", ""), "empty"),
        (("A", " B"), "padded"),
    ],
)
def test_what_is_no_scale_is_refused(labels, reason):
    with pytest.raises(InvalidScaleError, match=reason):
        GradeScale("mine", labels)


def test_a_setting_resolves_to_a_scale():
    assert GradeScale.resolve("swedish_8") == SWEDISH
    assert GradeScale.resolve(["U", "G", "VG"]).labels == ("U", "G", "VG")
    with pytest.raises(InvalidScaleError, match="swedish_9"):
        GradeScale.resolve("swedish_9")
