"""Nothing leads out of the files folder, and nothing is ever half written."""

import os
import threading
from pathlib import Path

import pytest

from activities.tools.files import FileRefused, Files


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "secret.txt").write_text("outside")
    folder = tmp_path / "files"
    folder.mkdir()
    return folder


ESCAPES = ["../secret.txt", "a/../../secret.txt", "/etc/passwd", "..", ".", "", "a\0b", "..\\secret.txt", "a/../b"]


@pytest.mark.parametrize("name", ESCAPES)
def test_no_name_reads_outside(root: Path, name: str) -> None:
    with pytest.raises(FileRefused):
        Files(root).read(name)


@pytest.mark.parametrize("name", ESCAPES)
def test_no_name_writes_outside(root: Path, name: str) -> None:
    with pytest.raises(FileRefused):
        Files(root).write(name, b"x")
    assert (root.parent / "secret.txt").read_text() == "outside"


def test_a_link_to_a_file_outside_is_not_followed(root: Path) -> None:
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    with pytest.raises(FileRefused):
        Files(root).read("link.txt")


def test_a_link_to_a_folder_outside_is_not_followed(root: Path) -> None:
    (root / "up").symlink_to(root.parent)
    with pytest.raises(FileRefused):
        Files(root).read("up/secret.txt")
    with pytest.raises(FileRefused):
        Files(root).write("up/secret.txt", b"x")
    assert (root.parent / "secret.txt").read_text() == "outside"


def test_writing_over_a_link_replaces_the_link_and_not_what_it_leads_to(root: Path) -> None:
    (root / "link.txt").symlink_to(root.parent / "secret.txt")
    Files(root).write("link.txt", b"inside")
    assert (root.parent / "secret.txt").read_text() == "outside"
    assert Files(root).read("link.txt") == b"inside"


def test_a_pipe_is_refused_without_waiting_for_it(root: Path) -> None:
    os.mkfifo(root / "pipe")
    with pytest.raises(FileRefused, match="not a file"):
        Files(root).read("pipe")


def test_a_folder_is_refused(root: Path) -> None:
    (root / "folder").mkdir()
    with pytest.raises(FileRefused):
        Files(root).read("folder")
    with pytest.raises(FileRefused):
        Files(root).write("folder", b"x")


def test_what_was_written_is_read(root: Path) -> None:
    Files(root).write("a/b/c.bin", b"\x00\xff")
    assert Files(root).read("a/b/c.bin") == b"\x00\xff"


def test_writing_makes_the_files_folder_itself(tmp_path: Path) -> None:
    Files(tmp_path / "new" / "files").write("x.txt", b"x")
    assert (tmp_path / "new" / "files" / "x.txt").exists()


def test_a_failed_write_leaves_the_old_file_and_nothing_else(root: Path) -> None:
    (root / "taken").mkdir()
    with pytest.raises(FileRefused):
        Files(root).write("taken", b"x")
    assert [entry.name for entry in root.iterdir()] == ["taken"]


def test_readers_see_one_whole_file_while_it_is_written_over(root: Path) -> None:
    files = Files(root)
    files.write("x", b"a" * 500_000)
    seen: set[int] = set()

    def rewrite() -> None:
        for byte in b"bcdefghij":
            files.write("x", bytes([byte]) * 500_000)

    writer = threading.Thread(target=rewrite)
    writer.start()
    while writer.is_alive():
        data = files.read("x")
        seen.add(len(data))
        assert len(set(data)) == 1
    writer.join()
    assert seen <= {500_000}


def test_a_missing_file_is_named_without_the_machines_paths(root: Path) -> None:
    with pytest.raises(FileRefused) as refused:
        Files(root).read("nothing.txt")
    assert "nothing.txt" in str(refused.value)
    assert str(root) not in str(refused.value)


def test_no_descriptor_is_left_open(root: Path) -> None:
    files = Files(root)
    files.write("a/b/c.txt", b"x")
    before = open_descriptors()
    for _ in range(20):
        files.read("a/b/c.txt")
        files.write("a/b/c.txt", b"y")
        with pytest.raises(FileRefused):
            files.read("a/nothing/c.txt")
    assert open_descriptors() <= before


def open_descriptors() -> int:
    """How many files this process has open; one more than there are, as reading the folder opens one."""
    return len(list(Path("/dev/fd").iterdir()))
