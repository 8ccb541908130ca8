"""Compares what the two sides of a measurement of power recorded, and what the meter answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any

from cm_mlperf.loadgen.log import LoadGenLog

_TIME = "%m-%d-%Y %H:%M:%S.%f"
_TOLERANCE = 0.8
_HOUR = 3600
# Beginning of a command of the meter's daemon -> its answer.
_ANSWERS = {
    "SR,A": "Range A changed",
    "SR,V": "Range V changed",
    "Go,1000,": "Starting untimed measurement, maximum 500000 samples at 1000ms with 0 rampup samples",
}
# The third stop finds nothing to stop.
_STOPS = ("Stopping untimed measurement",) * 2 + ("Error: no measurement to stop",)
# Of the ranges after the first word: whether they are automatic, and the value, for amperes and volts.
_FIELDS = 4

Problem = tuple[str, str, str]


def seconds(text: str) -> float:
    """A time in a log of LoadGen or of the meter, which have no zone, in seconds."""
    return datetime.strptime(text, _TIME).replace(tzinfo=UTC).timestamp()


def session_problems(
    client: Mapping[str, Any], server: Mapping[str, Any], logs: Mapping[str, LoadGenLog]
) -> Iterator[Problem]:
    """Key, what is there and what has to be there, of all that is wrong.

    Args:
        logs: ``ranging`` and ``testing`` -> log of the run.
    """
    checks = {"phases": _clocks, "messages": _messages, "ptd_messages": _answers}
    for key, check in checks.items():
        try:
            yield from ((key, *problem) for problem in check(client, server, logs))
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            yield key, f"damaged: {error}", "what the session recorded"


def _clocks(
    client: Mapping[str, Any], server: Mapping[str, Any], logs: Mapping[str, LoadGenLog]
) -> Iterator[tuple[str, str]]:
    """The clocks of both sides agree, and a run lies between the marks around it."""
    for mode, log in logs.items():
        ours, theirs = client["phases"][mode], server["phases"][mode]
        apart = max(abs(one[0] - other[0]) for one, other in zip(ours, theirs, strict=True))
        if apart > _TOLERANCE:
            yield f"{mode}: clocks that are {apart:.3g} s apart", f"at most {_TOLERANCE:g} s"
        for word in ("begin", "end"):
            time = seconds(str(log.values[f"power_{word}"]))
            # Logs of LoadGen may be an hour ahead in summer; the rules allow it.
            if not any(ours[1][0] < one < ours[2][0] for one in (time, time - _HOUR)):
                yield f"{mode}: a run whose {word} is outside of its phase", "a run within it"


def _messages(
    client: Mapping[str, Any], server: Mapping[str, Any], _: Mapping[str, LoadGenLog]
) -> Iterator[tuple[str, str]]:
    """Both sides recorded the same messages; the times that a clock told differ."""
    none: Mapping[str, Any] = {}
    sides: tuple[Sequence[Mapping[str, Any]], ...] = (client["messages"], server["messages"])
    for ours, theirs in zip_longest(*sides, fillvalue=none):
        same = ours.get("cmd") == theirs.get("cmd")
        if not same or (ours["cmd"] != "time" and ours["reply"] != theirs["reply"]):
            yield _message(theirs), f"{_message(ours)}, as in client.json"
            return
    first = server["messages"][0]
    versions = [str(first[key]).rpartition(" v")[2] for key in ("cmd", "reply")]
    if versions[0] != versions[1]:
        yield _message(first), "one version of client and server"


def _answers(
    _: Mapping[str, Any], server: Mapping[str, Any], __: Mapping[str, LoadGenLog]
) -> Iterator[tuple[str, str]]:
    """The meter did what it was asked, and was set back in the end."""
    sent: Sequence[Mapping[str, str]] = server["ptd_messages"]
    stops = iter(_STOPS)
    for one in sent:
        wanted = next((reply for start, reply in _ANSWERS.items() if one["cmd"].startswith(start)), None)
        if one["cmd"] == "Stop":
            wanted = next(stops, _STOPS[-1])
        if wanted is not None and one["reply"] != wanted:
            yield _message(one), wanted
    ranges = next((one["reply"] for one in sent if one["cmd"] == "RR"), "").split(",")
    if len(ranges) <= _FIELDS:
        yield f"RR: {','.join(ranges)}", "the ranges of amperes and volts as they were found"
        return
    for letter, at, counts in (("A", 1, (3, 4)), ("V", 3, (3,))):
        fixed = ranges[at] == "0" and float(ranges[at + 1]) > 0
        wanted = f"SR,{letter},{ranges[at + 1] if fixed else 'Auto'}"
        set_to = [one["cmd"] for one in sent if one["cmd"].startswith(f"SR,{letter}")]
        if wanted not in (set_to[number - 1] for number in counts if number <= len(set_to)):
            yield ", ".join(set_to) or "nothing", f"{wanted} in the end, as it was found"


def _message(one: Mapping[str, Any]) -> str:
    return f"{one.get('cmd')}: {one.get('reply')}" if one else "nothing"
