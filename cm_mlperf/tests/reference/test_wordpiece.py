import random

import pytest

from cm_core import MetaError, NotFoundError
from cm_mlperf.reference.wordpiece import SPECIAL, WordPiece, split_words

PIECES = ["un", "##aff", "##able", "the", "cafe", "中", ",", ".", "-", "$", "18", "##95", "x", "##y"]
SIGNS = list(
    "aAbBxyé ÉüÜßç中国ｆ\u2013—“”…$^`~|<>=+'\"-_.,()[]{} \t\n\u00a0\u202f\u2009\u200b\u200d\ufeff\ufffd\x00\x07"
    "ςΣσДж日本語かなカナ한글½²③√€£°±ñÑ\u0301İ\u0131Łłøæﬁ\U0001d49c😀١٣"
)


@pytest.fixture
def vocabulary(tmp_path):
    letters = [prefix + sign for sign in "abcdefghijklmnopqrstuvwxyz0123456789" for prefix in ("", "##")]
    tokens = dict.fromkeys([*sorted(SPECIAL), *PIECES, *letters])
    file = tmp_path / "vocab.txt"
    file.write_text("\n".join(tokens) + "\n", encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("unaffable", ["un", "##aff", "##able"]),
        ("The café,", ["the", "cafe", ","]),
        ("$1895-x", ["$", "18", "##95", "-", "x"]),
        ("x中xy", ["x", "中", "x", "##y"]),
        ("the\u00a0the\u200bthe", ["the", "the", "##t", "##h", "##e"]),
        ("x" * 100, ["x"] + ["##x"] * 99),
        ("x" * 101, ["[UNK]"]),
        ("Ω x", ["[UNK]", "x"]),
        ("[SEP] x", ["[SEP]", "x"]),
        (" \t\n", []),
    ],
)
def test_tokens(vocabulary, text, tokens):
    assert WordPiece(vocabulary).tokenize(text) == tokens


def test_numbers_are_lines(vocabulary):
    lines = vocabulary.read_text(encoding="utf-8").splitlines()
    tokens = ["un", "##aff", "nothing"]
    assert WordPiece(vocabulary).numbers(tokens) == [lines.index(token) for token in ("un", "##aff", "[UNK]")]


def test_words():
    assert split_words("Steve Smith's (1895-1943).") == [
        "steve",
        "smith",
        "'",
        "s",
        "(",
        "1895",
        "-",
        "1943",
        ")",
        ".",
    ]


def test_against_tokenizers(vocabulary):
    tokenizers = pytest.importorskip("tokenizers", reason="tokenizers is not installed")
    theirs = tokenizers.BertWordPieceTokenizer(str(vocabulary), lowercase=True)
    ours = WordPiece(vocabulary)
    choose = random.Random(1)
    for _ in range(5000):
        text = "".join(choose.choice(SIGNS) for _ in range(choose.randrange(1, 14)))
        assert ours.tokenize(text) == theirs.encode(text, add_special_tokens=False).tokens, ascii(text)


def test_what_is_no_vocabulary(tmp_path):
    (tmp_path / "vocab.txt").write_text("[UNK]\nthe\n", encoding="utf-8")
    with pytest.raises(MetaError, match=r"it has no \[SEP\], \[PAD\], \[CLS\], \[MASK\]"):
        WordPiece(tmp_path / "vocab.txt")
    (tmp_path / "model.bin").write_bytes(b"\xff\xfe")
    with pytest.raises(MetaError, match="is not a vocabulary"):
        WordPiece(tmp_path / "model.bin")
    with pytest.raises(NotFoundError, match="there is no vocabulary"):
        WordPiece(tmp_path / "nothing.txt")
