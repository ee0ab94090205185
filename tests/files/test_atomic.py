"""Writing a file whole or not at all: pipes, links, modes, and what an interrupt leaves behind."""

import errno
import os
import threading

import pytest

from glassnet.files.atomic import CannotWrite, write_together, write_whole


@pytest.mark.skipif(os.name == "nt", reason="pipes are no files")
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=write_whole, args=(pipe, b"x"), daemon=True)
    writer.start()
    assert pipe.read_bytes() == b"x"
    writer.join(10)
    assert pipe.is_fifo() and os.listdir(tmp_path) == ["pipe"]


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_a_device_is_written_to(tmp_path):
    (tmp_path / "void").symlink_to(os.devnull)
    write_whole(tmp_path / "void", b"x")
    assert (tmp_path / "void").is_char_device()


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
@pytest.mark.parametrize("there", [True, False])
def test_a_link_stays_a_link(tmp_path, there):
    (tmp_path / "folder").mkdir()
    if there:
        (tmp_path / "folder" / "file").write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to("folder/file")
    write_whole(link, b"new")
    assert link.is_symlink() and (tmp_path / "folder" / "file").read_bytes() == b"new"
    assert os.listdir(tmp_path / "folder") == ["file"]


@pytest.mark.skipif(os.name == "nt", reason="rights are no bits of a mode")
def test_an_existing_file_keeps_its_mode(tmp_path):
    file = tmp_path / "file"
    file.touch()
    file.chmod(0o640)
    assert write_whole(file, b"x").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.name == "nt", reason="rights are no bits of a mode")
def test_the_mask_of_the_process_is_never_changed(tmp_path, monkeypatch):
    def refuse(mask):
        raise AssertionError(mask)

    before = os.umask(0o027)
    monkeypatch.setattr(os, "umask", refuse)
    try:
        assert write_whole(tmp_path / "file", b"x").stat().st_mode & 0o777 == 0o640
    finally:
        monkeypatch.undo()
        os.umask(before)


def test_an_interrupt_leaves_the_old_file_alone(tmp_path, monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    (tmp_path / "file").write_bytes(b"old")
    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", b"new")
    assert os.listdir(tmp_path) == ["file"] and (tmp_path / "file").read_bytes() == b"old"


def test_a_name_as_long_as_a_name_may_be_is_written(tmp_path):
    assert write_whole(tmp_path / ("x" * 255), b"x").read_bytes() == b"x"


def test_a_folder_is_no_file_to_write(tmp_path):
    with pytest.raises(CannotWrite, match="Is a directory"):
        write_whole(tmp_path, b"x")


def test_no_file_takes_its_place_before_all_are_written(tmp_path, monkeypatch):
    flush, places = os.fsync, [tmp_path / "one", tmp_path / "two"]
    for place in places:
        place.write_bytes(b"old")
    full = iter([False, True])

    def fill_the_disk(file):
        if next(full):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        flush(file)

    monkeypatch.setattr(os, "fsync", fill_the_disk)
    with pytest.raises(CannotWrite, match="two: No space left on device"):
        write_together(dict.fromkeys(places, b"new"))
    assert [place.read_bytes() for place in places] == [b"old", b"old"]
    assert sorted(os.listdir(tmp_path)) == ["one", "two"]
    monkeypatch.undo()
    write_together(dict.fromkeys(places, b"new"))
    assert [place.read_bytes() for place in places] == [b"new", b"new"]
