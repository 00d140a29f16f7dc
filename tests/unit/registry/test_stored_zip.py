"""Archives of one form only."""

import io
import stat
import struct
import zipfile
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from huleedu_ml_training.registry.transfer.stored_zip import pack, unpack

FILES = {"bundle/b.json": b"{}" * 40, "a.json": b"", "c.json": b"see"}
NAMES = st.text("abcdefghij/._-", min_size=1, max_size=20)


def anything(_name):
    return 1000


def zipped(entries, **options):
    """An archive as Python's own module writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return buffer.getvalue()


@given(st.dictionaries(NAMES, st.binary(max_size=100), max_size=8))
def test_what_is_packed_comes_back(files):
    assert files == unpack(pack(files), anything)


def test_equal_files_give_equal_bytes():
    assert pack(FILES) == pack(dict(reversed(FILES.items())))


def test_any_tool_can_read_it():
    with zipfile.ZipFile(io.BytesIO(pack(FILES))) as archive:
        assert archive.testzip() is None
        assert sorted(FILES) == archive.namelist()
        assert FILES == {name: archive.read(name) for name in archive.namelist()}
        modes = {info.external_attr >> 16 for info in archive.infolist()}
        assert {stat.S_IFREG | 0o600} == modes
        assert {zipfile.ZIP_STORED} == {info.compress_type for info in archive.infolist()}


@given(st.data())
def test_no_byte_can_be_changed_added_or_left_out(data):
    archive = pack(FILES)
    place = data.draw(st.integers(0, len(archive) - 1))
    change = data.draw(st.sampled_from(["flip", "cut", "insert", "append", "end"]))
    changed = {
        "flip": archive[:place] + bytes([archive[place] ^ 1 << place % 8]) + archive[place + 1 :],
        "cut": archive[:place] + archive[place + 1 :],
        "insert": archive[:place] + b"P" + archive[place:],
        "append": archive + archive[place:],
        "end": archive[:place],
    }[change]
    if changed != archive:
        with pytest.raises(ValueError, match=r".+"):
            unpack(changed, anything)


@pytest.mark.parametrize(
    ("archive", "problem"),
    [
        (b"", "end is missing"),
        (b"PK", "end is missing"),
        (b"not an archive", "end is missing"),
        (zipped([("a", b"x" * 500)], compression=zipfile.ZIP_DEFLATED), "damaged"),
        (zipped([("a", b"x")]), "other attributes"),
        (pack({"a": b"x"})[:-22] + pack({"a": b"x"}), "something else"),
        (b"#!/bin/sh\n" + pack({"a": b"x"}), "something else"),
        (pack({"b": b"", "c": b""}).replace(b"c", b"b"), "occurs twice"),
        (pack({"b": b"", "c": b""}).replace(b"c", b"a"), "out of order"),
    ],
)
def test_archives_of_another_form(archive, problem):
    with pytest.raises(ValueError, match=problem):
        unpack(archive, anything)


@pytest.mark.parametrize("name", ["../x", "/etc/passwd", "a\\b", "c:x", "x\0y", "\x1b[2J"])
def test_names_are_allowed_one_by_one(name):
    with pytest.raises(ValueError, match="does not belong") as caught:
        unpack(pack({name: b""}), {"a.json": 10}.get)
    assert str(caught.value).isprintable()


def test_a_size_is_looked_at_before_the_content():
    bomb = pack({"a": b"x" * 1001})
    with pytest.raises(ValueError, match="1000 at most"):
        unpack(bomb, anything)


def test_a_claimed_size_is_not_believed():
    """Four gigabytes in the header, three bytes in the file."""
    head = struct.pack(
        "<4s5H3I2H", b"PK\x03\x04", 20, 0, 0, 0, 0x21, zlib.crc32(b"abc"), *[2**32 - 1] * 2, 1, 0
    )
    with pytest.raises(ValueError, match="cut or damaged"):
        unpack(head + b"aabc", lambda _: 2**32)


def test_a_link_is_no_entry():
    info = zipfile.ZipInfo("a", date_time=(1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(info, b"/etc/passwd")
    with pytest.raises(ValueError, match="something else"):
        unpack(buffer.getvalue(), anything)


def test_more_entries_than_any_export_has():
    with pytest.raises(ValueError, match="more than 2048"):
        unpack(pack({f"{i:05}": b"" for i in range(2049)}), anything)
