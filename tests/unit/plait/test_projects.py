"""The zip of an export: the same files give the same bytes, and what is no export is refused in one sentence."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from plait import projects
from plait.errors import Invalid
from plait.projects import NAME, packed, unpacked

NAMES = st.sampled_from(
    ["export.yaml", "workflows/a.yaml", "versions/a/3.json", "environments/prod.yaml", "settings/a.yaml"]
)
FILES = st.dictionaries(NAMES, st.binary(max_size=200))


def a_zip(**files: bytes) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        for name, content in files.items():
            target.writestr(name, content)
    return archive.getvalue()


@given(FILES)
def test_what_is_packed_is_unpacked_as_it_was_and_packed_again_is_the_same(files: dict[str, bytes]) -> None:
    assert unpacked(packed(files)) == files
    assert packed(dict(reversed(files.items()))) == packed(files)


@pytest.mark.parametrize(
    "name",
    [
        "../export.yaml",
        "/etc/passwd",
        "workflows/../../a.yaml",
        "workflows\\a.yaml",
        "workflows/a/b.yaml",
        "workflows/a.py",
        "C:export.yaml",
        "workflows/A.yaml",
        "workflows/a.yaml\n",
    ],
)
def test_a_name_that_leads_elsewhere_is_none_of_an_export(name: str) -> None:
    assert NAME.fullmatch(name) is None
    with pytest.raises(Invalid, match="is no file of an export"):
        unpacked(a_zip(**{name: b""}))


@pytest.mark.parametrize("body", [b"", b"no zip", b"PK\x03\x04" + b"\0" * 40])
def test_what_is_no_zip_is_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        unpacked(body)


def test_a_damaged_zip_is_refused() -> None:
    archive = bytearray(packed({"workflows/a.yaml": b"slug: a\n" * 50}))
    archive[50] ^= 0xFF
    with pytest.raises(Invalid):
        unpacked(bytes(archive))


def test_a_zip_that_would_fill_the_memory_is_refused_whatever_it_says_of_its_size(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(projects, "MOST_BYTES", 1000)
    bomb = packed({"workflows/a.yaml": b"\0" * 600, "workflows/b.yaml": b"\0" * 600})
    with pytest.raises(Invalid) as refused:
        unpacked(bomb)
    assert refused.value.code == "too_large"


def test_a_file_that_comes_twice_is_refused() -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as target:
        target.writestr("workflows/a.yaml", b"1")
        with pytest.warns(UserWarning, match="Duplicate"):
            target.writestr("workflows/a.yaml", b"2")
    with pytest.raises(Invalid, match="comes twice"):
        unpacked(archive.getvalue())
