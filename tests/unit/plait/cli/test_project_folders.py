"""Exports in folders, and workflows in files, as commands read and write them."""

from pathlib import Path

import pytest

from plait.cli.authoring.documents import read_local
from plait.cli.projects.apply import archive_name, relocated
from plait.cli.projects.folders import archive_in, write_folder
from plait.cli.remote import Refused
from plait.projects import unpacked

ONE = b"plait: 1\nslug: one\nnodes:\n  - {id: a, type: transform, with: {value: 1}}\n"
FILES = {"export.yaml": b"export: 1\n", "workflows/one.yaml": ONE, "versions/one/1.yaml": ONE}


def test_what_is_written_into_a_folder_is_what_is_put_in_again(tmp_path: Path) -> None:
    write_folder(tmp_path / "out", FILES)
    assert unpacked(archive_in(tmp_path / "out")) == FILES


def test_an_export_over_an_earlier_one_leaves_nothing_of_it_and_keeps_what_is_not_its_own(tmp_path: Path) -> None:
    write_folder(tmp_path, {**FILES, "workflows/gone.yaml": ONE})
    (tmp_path / "README.md").write_text("ours")
    write_folder(tmp_path, FILES)
    assert not (tmp_path / "workflows" / "gone.yaml").exists()
    assert (tmp_path / "README.md").exists()


def test_an_export_goes_into_no_folder_of_something_else(tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    with pytest.raises(Refused, match="is not empty and holds no earlier export"):
        write_folder(tmp_path, FILES)
    assert [path.name for path in tmp_path.iterdir()] == ["precious.txt"]


def test_an_export_follows_no_link_out_of_its_folder(tmp_path: Path) -> None:
    out, elsewhere = tmp_path / "out", tmp_path / "elsewhere"
    out.mkdir()
    elsewhere.mkdir()
    (out / "export.yaml").write_text("export: 1\n")
    (out / "workflows").symlink_to(elsewhere)
    with pytest.raises(Refused, match="leads out of"):
        write_folder(out, FILES)
    assert list(elsewhere.iterdir()) == []


def test_what_is_no_export_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(Refused, match=r"is no export: it has no export\.yaml"):
        archive_in(tmp_path)
    with pytest.raises(Refused, match="There is no folder or file"):
        archive_in(tmp_path / "nope.zip")


def test_of_an_exported_project_only_the_newest_documents_are_meant(tmp_path: Path) -> None:
    write_folder(tmp_path, FILES)
    (found,) = read_local([str(tmp_path)])
    assert (found.slug, found.source.name) == ("one", str(tmp_path / "workflows" / "one.yaml"))


def test_two_files_of_one_workflow_are_both_named(tmp_path: Path) -> None:
    for name in ("a.yaml", "b.yaml"):
        (tmp_path / name).write_bytes(ONE)
    with pytest.raises(Refused, match=r"a\.yaml and .*b\.yaml are both one: name one of them"):
        read_local([str(tmp_path)])


def test_a_problem_is_told_at_the_file_that_was_typed(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_bytes(ONE)
    (workflow,) = read_local([str(tmp_path / "mine.yaml")])
    error = {"path": "workflows/one.yaml.nodes[0].type", "pointer": "/workflows~1one.yaml/nodes/0/type", "line": 4}
    refusal = Refused({"code": "workflow_invalid", "errors": [error, {"path": None, "pointer": None}]})
    alone = relocated(refusal, {archive_name(workflow): workflow}).problem["errors"]
    assert (alone[0]["path"], alone[0]["pointer"]) == ("nodes[0].type", "/nodes/0/type")
    assert alone[0]["file"] == str(tmp_path / "mine.yaml")
    beside = relocated(refusal, {archive_name(workflow): workflow, "workflows/x.yaml": workflow}).problem["errors"]
    assert beside[0]["path"] == f"{tmp_path / 'mine.yaml'}: nodes[0].type"
    assert alone[1] == {"path": None, "pointer": None}
