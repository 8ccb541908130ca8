import pytest

from cm_report.page import html_page
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
