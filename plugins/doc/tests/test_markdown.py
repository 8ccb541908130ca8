from cm_doc.markdown import code, escape, fence, mermaid_text, tidy


def test_text_stays_text():
    assert escape("a [link](javascript:x) *b* `c` | d") == r"a \[link\](javascript:x) \*b\* \`c\` \| d"
    assert escape("<script>alert(1)</script> & co") == "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co"
    assert escape("two\nlines\n# and a title") == "two lines # and a title"
    assert escape("# title") == r"\# title"
    assert escape("1. item") == r"1\. item"
    assert escape("- item") == r"\- item"
    assert escape("_emphasis_ and snake_case") == r"\_emphasis\_ and snake_case"
    assert escape("__strong__ a_ _b") == r"\_\_strong\_\_ a\_ \_b"


def test_versions_and_words_are_not_touched():
    assert escape("3.11.7") == "3.11.7"
    assert escape("get,python3 (>= 3.8)") == "get,python3 (&gt;= 3.8)"


def test_escaping_twice_changes_nothing():
    assert escape(escape("*a*")) == escape("*a*")


def test_code():
    assert code("CM_A=*") == "`CM_A=*`"
    assert code("") == ""
    assert code("a`b|c <i>") == "<code>a&#96;b&#124;c &#60;i&#62;</code>"
    assert code("a\nb") == "`a b`"


def test_a_fence_is_longer_than_those_inside():
    assert fence("a\n````\nb", "text") == "`````text\na\n````\nb\n`````"


def test_labels_of_graphs_cannot_end():
    assert mermaid_text('a"]; click x "javascript:y"') == "a#34;#93;#59; click x #34;javascript:y#34;"


def test_tidy_leaves_code_alone():
    assert tidy("\n\na  \n\n\n\nb\n```text\nx  \n\n\ny\n```\n\n\n") == "a\n\nb\n```text\nx  \n\n\ny\n```\n"
