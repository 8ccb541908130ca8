import base64
import hashlib

import pytest

from cm_report.html import element, wide_table
from cm_report.page import html_page
from cm_report.sharing import without_folders, without_home
from cm_report.testing import PageStructure


def test_a_page_loads_and_sends_nothing_and_takes_its_title_literally():
    page = html_page("a <b> & c", "<p>body</p>", style=".mine { color: red; }", script="let a = 1;")
    assert page.startswith("<!doctype html>\n")
    assert "<title>a &lt;b&gt; &amp; c</title>" in page
    assert "default-src 'none'" in page
    assert ".mine { color: red; }</style>" in page
    assert "<p>body</p>\n<script>let a = 1;</script>" in page
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page.replace("http-equiv", "")


def test_a_page_is_read_back():
    page = PageStructure(
        html_page("title", '<p>one <a href="#x">two</a><br></p>', style="p {}", script="1 < 2")
    )
    assert [text for text in page.text if text.strip()] == ["title", "one ", "two"]
    assert (page.links, page.all("a")) == (["#x"], [{"href": "#x"}])


@pytest.mark.parametrize("page", ["<p><b></p></b>", "<p>", "</p>"])
def test_a_page_with_tags_out_of_order_is_refused(page):
    with pytest.raises(AssertionError, match="close"):
        PageStructure(page)


def test_only_the_style_and_the_script_of_the_page_are_allowed():
    page = html_page("t", "<p>body</p>", style=".mine { color: red; }", script="let a = 1;")
    (policy,) = [attrs["content"] for attrs in PageStructure(page).all("meta") if "content" in attrs][1:]
    found = dict(part.split(maxsplit=1) for part in policy.split("; "))
    for name, tag in (("style-src", "style"), ("script-src", "script")):
        text = page.partition(f"<{tag}>")[2].partition(f"</{tag}>")[0]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert found[name] == f"'sha256-{digest}'"
    assert "unsafe" not in policy
    assert "script-src" not in html_page("t", "")


def test_what_is_text_stays_text():
    nasty = "<script>alert(1)</script>\"'&"
    made = element("p", nasty, element("b", "bold"), None, ["a", nasty], title=nasty, hidden=True, id=None)
    page = PageStructure(made)
    assert page.tags == [("p", {"title": nasty, "hidden": None}), ("b", {})]
    assert "".join(page.text) == f"{nasty}bolda{nasty}"


def test_tables_sort_numbers_by_their_value_and_put_texts_left():
    rows = [["a", 1234.5678, "x", None], ["b", float("nan"), None, 2]]
    table = wide_table("Some", ("name", "n", "t", "m"), rows, best=[1], id="rows")
    page = PageStructure(table)
    assert page.tables == [[["name", "n", "t", "m"], ["a", "1,235", "x", "-"], ["b", "nan", "-", "2"]]]
    assert [attrs.get("data-v") for attrs in page.all("td")] == ["1234.5678", None, "", None, "", "2"]
    assert [attrs.get("class") for attrs in page.all("td")] == [None, "left", None, None, "left", None]
    assert [attrs.get("id") for attrs in page.all("tr")] == [None, "rows-0", "rows-1"]
    assert page.all("tr")[2]["class"] == "best"


@pytest.mark.parametrize(
    ("text", "home", "folders"),
    [
        ("python /home/jane/x/run.py", "python ~/x/run.py", "python …/run.py"),
        ("--model=/Users/jane/m.onnx", "--model=~/m.onnx", "--model=…/m.onnx"),
        ("'C:\\Users\\Jane\\a b.py'", "'~\\a b.py'", "'…/a b.py'"),
        ("/root/venv/bin/python3, /usr/bin/python3", "~/venv/bin/python3, /usr/bin/python3", "…/python3, …/python3"),
        ("https://host/home/jane/x", "https://host/home/jane/x", "https://host/home/jane/x"),
        ("3 samples/s on a/b/c.py, 1/2", "3 samples/s on a/b/c.py, 1/2", "3 samples/s on a/b/c.py, 1/2"),
        ("/tmp", "/tmp", "/tmp"),
        ("~/models/x.onnx", "~/models/x.onnx", "…/x.onnx"),
        ("gcc -I/home/jane/include x.c", "gcc -I~/include x.c", "gcc -I…/include x.c"),
        ("gcc -isystem/opt/a/include", "gcc -isystem/opt/a/include", "gcc -isystem…/include"),
        ("cd /home/jane", "cd ~", "cd ~"),
        ("cp /root/x /root; cd /rootfs", "cp ~/x ~; cd /rootfs", "cp …/x ~; cd /rootfs"),
        ("file:///home/jane/x", "file://~/x", "file://…/x"),
        ("PATH=/usr/bin:/home/jane/bin", "PATH=/usr/bin:~/bin", "PATH=…/bin:…/bin"),
        ("-v /home/jane:/data/in", "-v ~:/data/in", "-v ~:…/in"),
        ("(/home/jane)", "(~)", "(~)"),
        ("C:/Users/Jane/x.py", "~/x.py", "…/x.py"),
    ],
)  # fmt: skip
def test_pages_for_sharing_name_no_folders(text, home, folders):
    assert without_home(text) == home
    assert without_folders(text) == folders


def test_the_home_of_whoever_shares_is_found_wherever_it_lies(monkeypatch, tmp_path):
    home, link = tmp_path / "people" / "jane", tmp_path / "jane"
    home.mkdir(parents=True)
    link.symlink_to(home)
    monkeypatch.setenv("HOME", str(link))
    monkeypatch.setenv("USERPROFILE", str(link))
    assert without_home(f"a\\n{link}/x {home}:{home}-2/y {home}.old {home}.") == (
        f"a\\n~/x ~:{home}-2/y {home}.old ~."
    )
    assert without_folders(f"cd {home}") == "cd ~"


def test_a_home_of_nobody_changes_no_text(monkeypatch):
    monkeypatch.setenv("HOME", "/tmp")
    monkeypatch.setenv("USERPROFILE", "C:\\")
    assert without_home("/tmp/x /var/tmp/y") == "/tmp/x /var/tmp/y"
