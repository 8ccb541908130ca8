import hashlib

import pytest

from cm_core import CMError
from cm_mlperf.submission.truncation import LARGEST, VIEWABLE, write_truncated


def written(tmp_path, content):
    source, target, text = tmp_path / "full.json", tmp_path / "short.json", tmp_path / "accuracy.txt"
    source.write_bytes(content)
    text.write_text("accuracy=97%\n")
    digest = write_truncated(source, target, text)
    return source, target, text, digest


def test_the_ends_stay_and_the_hash_is_of_the_whole(tmp_path):
    content = bytes(range(32, 127)) * 500
    source, target, text, digest = written(tmp_path, content)
    shortened = target.read_bytes()
    assert shortened.startswith(content[:VIEWABLE])
    assert shortened.endswith(content[-VIEWABLE:])
    assert len(shortened) <= LARGEST
    assert digest == hashlib.sha256(content).hexdigest()
    assert text.read_text() == f"accuracy=97%\n\nhash={digest}\n"
    assert source.read_bytes() == content


def test_a_short_log_stays_whole(tmp_path):
    _, target, _, _ = written(tmp_path, b"[]")
    assert target.read_bytes() == b"[]"


def test_a_missing_log_is_an_error(tmp_path):
    with pytest.raises(CMError, match="cannot truncate"):
        write_truncated(tmp_path / "none", tmp_path / "short", tmp_path / "text")
    assert not (tmp_path / "short").exists()
