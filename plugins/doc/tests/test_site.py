"""``cm doc repo``: HTML that opens from disk, with everything of others escaped."""

import json
import shutil
import subprocess
from html.parser import HTMLParser

import pytest

from cm_core import AlreadyExistsError, NotFoundError, UsageError

# Elements without an end.
VOID = {"meta", "input", "br", "link"}


class Page(HTMLParser):
    """A page taken apart: its elements, links, scripts and text; complains about wrong nesting."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.open, self.tags, self.links, self.ids, self.text, self.scripts = [], [], [], [], "", []
        self.attributes = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        self.tags.append(tag)
        self.attributes += given
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        if tag not in VOID:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1] += data
        elif not self.open or self.open[-1] != "style":
            self.text += data


@pytest.fixture
def site(kitchen):
    answer = kitchen.doc("repo", "kitchen", output="site")
    assert answer.data["index"] == str(kitchen.folder / "site" / "index.html")
    return kitchen.folder / "site"


def read(file):
    return Page(file.read_text(encoding="utf-8"))


def test_all_pages_are_there_and_linked(site):
    index = read(site / "index.html")
    assert sorted(path.name for path in (site / "script").iterdir()) == [
        "break.html", "get-lid-of-glass.html", "get-lid.html", "get-pot.html", "make-soup.html",
    ]  # fmt: skip
    for file in [site / "index.html", *(site / "script").iterdir()]:
        page = read(file)
        assert len(set(page.ids)) == len(page.ids)
        for link in page.links:
            target, _, anchor = link.partition("#")
            assert not target or (file.parent / target).is_file(), link
            assert not anchor or anchor in page.ids
    assert {"#c1", "script/make-soup.html"} <= set(index.links)


def test_nothing_comes_from_elsewhere(site):
    for file in site.rglob("*.html"):
        text = file.read_text(encoding="utf-8")
        assert "http:" not in text
        assert "https:" not in text
        assert not {"src", "onclick", "onload"} & set(read(file).attributes)


def test_a_page_says_what_the_script_is(site):
    page = " ".join(read(site / "script" / "make-soup.html").text.split())
    for part in (
        "Make soup",
        "cm run script --tags=make,soup",
        "_hot default",
        "how much One of 1 2",
        "CM_SOUP*",
    ):
        assert part in page
    pot = read(site / "script" / "get-pot.html")
    assert "make-soup.html" in pot.links, "a page names the scripts that use it"


def test_other_artifacts_are_listed(kitchen, make_repo):
    artifacts = {"script/one": {"tags": ["one"]}, "recipe-book/italian": {"tags": ["food"]}}
    make_repo("mixed", artifacts, kinds={"recipe-book": "0123456789abcdef"}, register=kitchen.session)
    kitchen.doc("repo", "mixed", output="mixed")
    assert "italian" in read(kitchen.folder / "mixed" / "index.html").text


def test_search_index(site):
    index = json.loads(read(site / "index.html").scripts[0])
    (soup,) = [entry for entry in index if entry["name"] == "make-soup"]
    assert soup["file"] == "make-soup.html"
    assert soup["tags"] == "make,soup"
    assert {"_hot", "--salt", "CM_SOUP*"} <= set(soup["more"].split())


EVIL = '</script><script>alert(1)</script>"><img src=x onerror=alert(1)>{{ 7 * 7 }}'


def test_text_of_others_is_escaped(kitchen, make_scripts):
    meta = {
        "tags": ["evil", EVIL],
        "name": EVIL,
        "category": EVIL,
        "env": {EVIL: EVIL},
        "new_env_keys": [EVIL],
        "input_description": {EVIL: {"desc": EVIL, "choices": [EVIL]}},
        "variations": {EVIL: {"group": EVIL}},
        "deps": [{"tags": f"get,{EVIL}", "enable_if_env": {EVIL: [EVIL]}}],
    }
    make_scripts("bad", {"evil": meta}, register=kitchen.session)
    kitchen.doc("repo", "bad", output="bad")
    index, page = read(kitchen.folder / "bad" / "index.html"), read(kitchen.folder / "bad/script/evil.html")
    assert [index.tags.count("script"), page.tags.count("script")] == [2, 0]
    assert "img" not in index.tags + page.tags
    assert EVIL in page.text
    assert json.loads(index.scripts[0])[0]["title"] == EVIL


def test_names_that_differ_in_letter_case_only(kitchen, make_repo):
    root = make_repo(
        "case", {"script/one": {"alias": "Same", "tags": ["a"]}, "script/two": {"alias": "same"}}
    )
    kitchen.session.repos.add(root)
    kitchen.doc("repo", "case", output="case")
    assert {path.name for path in (kitchen.folder / "case/script").iterdir()} == {"Same.html", "same-2.html"}


def test_a_catalogue_is_complete_or_not_there(kitchen, monkeypatch):
    from cm_doc import output

    written = []

    def write_three(path, text):
        if len(written) == 3:
            raise KeyboardInterrupt
        written.append(path)

    monkeypatch.setattr(output, "atomic_write_text", write_three)
    with pytest.raises(KeyboardInterrupt):
        kitchen.doc("repo", "kitchen", output="site")
    assert list(kitchen.folder.iterdir()) == []


# -- what is refused ------------------------------------------------------------------------------------


def test_existing_files_are_kept(kitchen, site):
    (site / "index.html").write_text("mine")
    with pytest.raises(AlreadyExistsError):
        kitchen.doc("repo", "kitchen", output="site")
    assert (site / "index.html").read_text() == "mine"
    kitchen.doc("repo", "kitchen", output="site", force=True)
    assert "make-soup" in (site / "index.html").read_text()


def test_what_is_missing_is_named(kitchen, make_repo):
    with pytest.raises(NotFoundError, match="'kitchn' is not registered") as caught:
        kitchen.doc("repo", "kitchn", output="site")
    assert "kitchen" in caught.value.hint
    with pytest.raises(UsageError, match="no folder for the catalogue") as caught:
        kitchen.doc("repo", "kitchen")
    assert caught.value.hint == "use: cm doc repo kitchen --output=FOLDER"
    with pytest.raises(UsageError, match="no repository was given"):
        kitchen.doc("repo", output="site")
    make_repo("empty", register=kitchen.session)
    with pytest.raises(NotFoundError, match="has no scripts"):
        kitchen.doc("repo", "empty", output="site")


# -- in a browser ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_search_works_in_a_browser(site, need_tool, tmp_path):
    need_tool("chromium")
    flags = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--dump-dom")
    address = f"{(site / 'index.html').as_uri()}?q=lid"
    done = subprocess.run(
        [shutil.which("chromium"), *flags, f"--user-data-dir={tmp_path / 'profile'}", address],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = done.stdout.partition('<ol id="found"')[2].partition("</ol>")[0]
    assert found.index("get-lid.html") < found.index("get-lid-of-glass.html")
    assert "2 scripts" in done.stdout
