"""The site in several versions: each in its folder, all in the list, the newest release on the first page."""

import json
from importlib import import_module
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).parents[1] / "docs" / "_ext"


@pytest.fixture
def versions(monkeypatch):
    monkeypatch.syspath_prepend(EXTENSIONS)
    return import_module("versions")


@pytest.fixture
def built(tmp_path):
    (tmp_path / "built").mkdir()
    (tmp_path / "built" / "index.html").write_text("one")
    (tmp_path / "built" / "old.html").write_text("one")
    return tmp_path / "built"


def test_versions_are_listed_newest_first_and_the_first_page_leads_to_the_newest_release(versions, built, tmp_path):
    site = tmp_path / "site"
    for name in ("dev", "0.9", "0.10", "0.2"):
        versions.add(site, name, "https://a.example/glassnet/", built)
    listed = json.loads((site / "versions.json").read_text())
    assert [each["version"] for each in listed] == ["0.10", "0.9", "0.2", "dev"]
    assert listed[0] == {
        "version": "0.10", "name": "0.10 (newest)", "preferred": True, "url": "https://a.example/glassnet/0.10/",
    }  # fmt: skip
    assert 'url=0.10/"' in (site / "index.html").read_text()


def test_a_version_that_is_published_again_loses_the_pages_it_has_no_more(versions, built, tmp_path):
    site = tmp_path / "site"
    versions.add(site, "dev", "https://a.example", built)
    (built / "old.html").unlink()
    versions.add(site, "dev", "https://a.example", built)
    assert not (site / "dev" / "old.html").exists()
    assert 'url=dev/"' in (site / "index.html").read_text()


def test_numbers_are_compared_as_numbers(versions):
    assert versions.newest_first(["1.9", "1.10", "dev", "2.0", "1.10.1"]) == ["2.0", "1.10.1", "1.10", "1.9", "dev"]


def test_a_site_that_is_built_for_oneself_has_no_menu_of_versions(versions):
    assert versions.theme_options(None) == versions.theme_options("") == {}
    assert versions.theme_options("0.1")["switcher"]["version_match"] == "0.1"
