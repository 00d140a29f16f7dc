"""Extractors of the platform's shape, and modules made of source text."""

import sys

import pytest


@pytest.fixture
def make_module(tmp_path, monkeypatch):
    """Write a module that can be imported during this test."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(name: str, source: str) -> str:
        (tmp_path / f"{name}.py").write_text(source)
        monkeypatch.delitem(sys.modules, name, raising=False)
        return name

    return make
