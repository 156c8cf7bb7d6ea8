"""The files below a folder: nearest first, never in circles, never without end."""

from kdengine.data import searching
from kdengine.data.searching import files_below


def names(*tops):
    return [path.name for path in files_below(*tops)]


def test_nearest_first_each_folder_once_hidden_ones_not_at_all(tmp_path):
    (tmp_path / "b" / "c").mkdir(parents=True)
    (tmp_path / ".hidden").mkdir()
    for place in ("b/c/deep", "b/near", "z", "a", ".secret", ".hidden/x"):
        (tmp_path / place).write_text("")
    assert names(tmp_path) == ["a", "z", "near", "deep"]
    assert names(tmp_path / "b", tmp_path) == ["near", "a", "z", "deep"]
    assert names(tmp_path / "nowhere", tmp_path / "a") == []


def test_links_are_followed_but_not_in_circles(tmp_path):
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("")
    (tmp_path / "top" / "sub").mkdir(parents=True)
    (tmp_path / "top" / "sub" / "up").symlink_to(tmp_path / "top")
    (tmp_path / "top" / "sub" / "self").symlink_to(tmp_path / "top" / "sub" / "self")
    (tmp_path / "top" / "led").symlink_to(tmp_path / "real")
    assert names(tmp_path / "top") == ["file"]


def test_depth_and_number_are_bounded(tmp_path, monkeypatch):
    folder = tmp_path
    for depth in range(searching.DEEPEST + 2):
        (folder / f"file{depth}").write_text("")
        folder = folder / "sub"
        folder.mkdir()
    assert names(tmp_path) == [f"file{depth}" for depth in range(searching.DEEPEST + 1)]
    monkeypatch.setattr(searching, "MOST_ENTRIES", 5)
    assert names(tmp_path) == ["file0", "file1"] + names(tmp_path)[2:]
    assert len(names(tmp_path)) <= 5


def test_a_folder_that_may_not_be_read_is_yielded_itself(tmp_path, monkeypatch):
    """By a stand-in: the tests may run as root, whom no permission stops."""
    (tmp_path / "locked").mkdir()
    (tmp_path / "file").write_text("")
    scandir = searching.os.scandir

    def refuse(folder):
        if folder.name == "locked":
            raise PermissionError(13, "Permission denied", str(folder))
        return scandir(folder)

    monkeypatch.setattr(searching.os, "scandir", refuse)
    assert names(tmp_path) == ["file", "locked"]
