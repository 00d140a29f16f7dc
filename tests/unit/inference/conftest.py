"""Bundles on disk."""

import pytest


@pytest.fixture
def store(tmp_path):
    """The function that writes a bundle's files into a new directory and returns its path."""

    def write(bundle, name):
        place = tmp_path / name
        place.mkdir()
        for file, data in bundle.files.items():
            (place / file).write_bytes(data)
        return place

    return write
