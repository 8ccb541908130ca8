from cm_core.page import html_page


def test_a_page_loads_and_sends_nothing_and_takes_its_title_literally():
    page = html_page("a <b> & c", "<p>body</p>", style=".mine { color: red; }", script="let a = 1;")
    assert page.startswith("<!doctype html>\n")
    assert "<title>a &lt;b&gt; &amp; c</title>" in page
    assert "default-src 'none'" in page
    assert ".mine { color: red; }</style>" in page
    assert "<p>body</p>\n<script>let a = 1;</script>" in page
    assert "prefers-color-scheme: dark" in page
    assert "http" not in page.replace("http-equiv", "")
