"""Spelling dictionaries are loaded if they are the pinned ones, and not otherwise."""

from importlib import metadata

import pytest

from huleedu_essay_features.errors import MissingModelError, ModelDigestError
from huleedu_essay_features.spelling import SpellingDictionary

PACKAGES = {
    "en": ("chunspell", "2.0.5", "hunspell/dictionaries/en_US"),
    "sv": ("hunspell-sv", "2026.10.25", "share/hunspell/sv_SE"),
}


@pytest.fixture(params=PACKAGES)
def language(request):
    return request.param


@pytest.fixture
def install(language, tmp_path, monkeypatch):
    """Install another version of a dictionary's package before the real one."""
    package, version, stem = PACKAGES[language]
    real = next(file for file in metadata.files(package) if file.as_posix().endswith(f"{stem}.dic"))

    def do(*, change=b"", suffixes=(".aff", ".dic")):
        info = tmp_path / f"{package.replace('-', '_')}-9.9.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {package}\nVersion: 9.9\n")
        (info / "RECORD").write_text("".join(f"{stem}{suffix},,\n" for suffix in (".aff", ".dic")))
        for suffix in suffixes:
            copy = (tmp_path / stem).with_suffix(suffix)
            copy.parent.mkdir(parents=True, exist_ok=True)
            content = real.locate().resolve().with_suffix(suffix).read_bytes()
            copy.write_bytes(content + (change if suffix == ".dic" else b""))
        monkeypatch.syspath_prepend(str(tmp_path))
        assert "9.9" == metadata.version(package)
        return version

    return do


def test_the_pinned_dictionary_is_taken_from_any_version_that_carries_it(language, install):
    install()
    assert SpellingDictionary(language).knows({"en": "house", "sv": "hus"}[language])


def test_a_changed_dictionary_is_refused_and_says_which_version_has_the_right_one(
    language, install
):
    version = install(change=b"wrng\n")
    with pytest.raises(ModelDigestError) as caught:
        SpellingDictionary(language)
    assert caught.value.path.suffix == ".dic"
    assert f"{PACKAGES[language][0]}=={version}" in caught.value.remedy


def test_a_missing_file_says_which_version_to_install(language, install):
    version = install(suffixes=(".aff",))
    with pytest.raises(MissingModelError) as caught:
        SpellingDictionary(language)
    assert f"{PACKAGES[language][0]}=={version}" in caught.value.remedy
