"""Makes the drawing of a chart a part of a page: small, named, its marks tied to rows of a table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree import ElementTree as ET

_SVG = "http://www.w3.org/2000/svg"
# What browsers assume anyway, what the page's style sheet says, and roles of the parts of what is one image.
_NEEDLESS = frozenset(
    (
        *("version", "width", "height", "class", "font-family", "pointer-events"),
        *("role", "aria-roledescription", "aria-hidden"),
    )
)
_DEFAULTS = {"opacity": "1", "stroke-width": "1", "fill-opacity": "1"}
_PLACE = re.compile(r"-?\d+\.\d{3,}")
_MOVE = re.compile(r"translate\((-?[\d.]+)")
# No font of a system is wider on average; Vega measures with one that is narrower than some.
_WIDEST_LETTER = 0.62


def embedded(drawing: str, identifier: str, title: str, in_words: str) -> str:
    """The SVG element for a page.

    A mark whose description is ``12|text`` gets ``data-row="12"`` and shows the text when it is pointed at.

    Args:
        drawing: SVG as Vega writes it.
        identifier: of the element.
        title, in_words: what it shows, for screen readers.
    """
    root = ET.fromstring(drawing)  # noqa: S314 - Vega wrote it
    _clean(root)
    _make_room(root)
    _rename(root, identifier)
    names = f"{identifier}-title {identifier}-words"
    root.attrib |= {"id": identifier, "role": "img", "aria-labelledby": names}
    for place, (tag, text) in enumerate((("title", title), ("desc", in_words))):
        about = ET.Element(f"{{{_SVG}}}{tag}", {"id": names.split()[place]})
        about.text = text
        root.insert(place, about)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode")


def _rename(root: ET.Element, identifier: str) -> None:
    """Give what is defined in a picture names of its own in the page; Vega numbers them as it goes."""
    names = {
        node.attrib["id"]: f"{identifier}-{place}" for place, node in enumerate(root.iterfind(".//*[@id]"))
    }
    for node in root.iter():
        for attribute, value in node.attrib.items():
            if attribute == "id":
                node.set("id", names[value])
            elif value.startswith("url(#"):
                node.set(attribute, f"url(#{names[value[5:-1]]})")


def _make_room(root: ET.Element) -> None:
    """Widen the picture until every text has room in the widest font."""
    left, top, width, height = map(float, root.get("viewBox", "").split())
    sides = list(_extents(root, 0.0))
    low = min((low for low, _ in sides), default=left)
    high = max((high for _, high in sides), default=left + width)
    low, high = min(low, left), max(high, left + width)
    root.set("viewBox", f"{low:g} {top:g} {high - low:g} {height:g}")


def _extents(node: ET.Element, x: float) -> Iterator[tuple[float, float]]:
    """From where to where texts reach, those that lie along the picture."""
    transform = node.get("transform", "")
    if "rotate" in transform:
        return
    x += sum(map(float, _MOVE.findall(transform)))
    if node.tag == f"{{{_SVG}}}text" and node.text:
        width = len(node.text) * float(node.get("font-size", "12px").removesuffix("px")) * _WIDEST_LETTER
        before = {"start": 0.0, "middle": width / 2, "end": width}[node.get("text-anchor", "start")]
        yield x - before, x - before + width
    for child in node:
        yield from _extents(child, x)


def _clean(node: ET.Element) -> None:
    for child in list(node):
        kind = child.get("class", "")
        if kind in ("background", "foreground"):
            node.remove(child)
            continue
        _clean(child)
    _tie(node)
    for name, value in list(node.attrib.items()):
        if name in _NEEDLESS or _DEFAULTS.get(name) == value:
            del node.attrib[name]
    for name in ("transform", "d"):
        if name in node.attrib:
            node.set(name, _PLACE.sub(lambda found: f"{float(found[0]):.2f}", node.get(name, "")))


def _tie(node: ET.Element) -> None:
    """Turn the description of a mark into what scripts and pointers find."""
    described = node.attrib.pop("aria-label", None)
    if described is None or "|" not in described:
        return
    row, _, text = described.partition("|")
    if row:
        node.set("data-row", row)
    tip = ET.SubElement(node, f"{{{_SVG}}}title")
    tip.text = text
