"""Calling hooks so that no plugin harms the others: one implementation at a time, each answer checked.

What plugins contribute, such as executors or folders of templates, is left out with one warning when it
cannot be used. Where a verb has to fail, the plugin in whose code it failed is named.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, TypeAlias, TypeVar, cast

from cm_core.errors import CMError, PluginError
from cm_core.model.result import Result

if TYPE_CHECKING:
    from pluggy import HookImpl

    from cm_core.plugins.registry import PluginInfo, PluginRegistry

_T = TypeVar("_T")
_Wrapper: TypeAlias = "Generator[None, object, object]"
# What a plugin may raise without meaning it; sys.exit() in a hook ends nothing of ours.
_FAILURES = (Exception, SystemExit)


class PluginHooks:
    """The hooks of all plugins, called one by one.

    Args:
        warn: is told what had to be left out.
    """

    def __init__(self, plugins: PluginRegistry, warn: Callable[[str], None]) -> None:
        self._plugins = plugins
        self._warn = warn

    def implementations(self, hook: str) -> tuple[list[HookImpl], list[HookImpl]]:
        """The wrappers of a hook, and the others, each in the order of calling."""
        ordered = list(getattr(self._plugins.manager.hook, hook).get_hookimpls())[::-1]
        wrappers = [impl for impl in ordered if impl.wrapper or impl.hookwrapper]
        return wrappers, [impl for impl in ordered if impl not in wrappers]

    # -- contributions -----------------------------------------------------------------------------

    def lists(self, hook: str, wanted: type[_T], /, **given: object) -> list[list[_T]]:
        """What plugins contribute by a hook that answers with several objects, in the order of calling.

        A plugin whose implementation raises anything, or answers with something else, is left out with one
        warning.

        Args:
            wanted: the class of the objects.
        """

        def read(answer: object) -> list[_T]:
            if isinstance(answer, str | bytes) or not isinstance(answer, Iterable):
                raise TypeError(f"it must return a list, not {type(answer).__name__}")
            return [_checked(item, wanted, f"{wanted.__name__} objects") for item in answer]

        def call(impl: HookImpl) -> list[_T] | None:
            found = None
            with self._left_out(impl, hook):
                answer = _call(impl, given)
                found = None if answer is None else read(answer)
            return found  # noqa: RET504 - the block may swallow

        return self._gathered(hook, call, given)

    def answers(self, hook: str, wanted: Any, /, **given: object) -> list[Any]:
        """The answers of all plugins that have one, in the order of calling.

        As for :meth:`lists`, but a CMError is raised on purpose and passes.

        Args:
            wanted: the class of an answer.
        """
        return self._gathered(hook, lambda impl: self._answer(impl, hook, wanted, given), given)

    def first(self, hook: str, wanted: Any, /, **given: object) -> Any:
        """The first answer; as for :meth:`answers`."""
        wrappers, impls = self.implementations(hook)

        def work() -> Any:
            answers = (self._answer(impl, hook, wanted, given) for impl in impls)
            return next((answer for answer in answers if answer is not None), None)

        start = partial(self._started_or_left_out, hook, given)
        with contextlib.redirect_stdout(sys.stderr):
            return self._around(wrappers, start, work, lambda value: isinstance(value, wanted))

    def _answer(self, impl: HookImpl, hook: str, wanted: Any, given: Mapping[str, object]) -> Any:
        found = None
        with self._left_out(impl, hook, deliberate=CMError):
            answer = _call(impl, given)
            found = None if answer is None else _checked(answer, wanted, f"a {wanted.__name__}")
        return found  # noqa: RET504 - the block may swallow

    def _gathered(
        self, hook: str, call: Callable[[HookImpl], _T | None], given: Mapping[str, object]
    ) -> list[_T]:
        wrappers, impls = self.implementations(hook)

        def work() -> list[_T]:
            return [answer for impl in impls if (answer := call(impl)) is not None]

        start = partial(self._started_or_left_out, hook, given)
        with contextlib.redirect_stdout(sys.stderr):
            return self._around(wrappers, start, work, lambda value: isinstance(value, list))

    def _started_or_left_out(self, hook: str, given: Mapping[str, object], impl: HookImpl) -> _Wrapper | None:
        wrapper = None
        with self._left_out(impl, hook, deliberate=CMError):
            wrapper = _started(impl, given)
        return wrapper  # noqa: RET504 - the block may swallow

    @contextlib.contextmanager
    def _left_out(
        self, impl: HookImpl, hook: str, deliberate: type[BaseException] | tuple[()] = ()
    ) -> Iterator[None]:
        try:
            yield
        except deliberate:
            raise
        except _FAILURES as error:
            self._warn_of(impl.plugin_name, f"is left out of {hook}", error)

    # -- verbs -------------------------------------------------------------------------------------

    def result(
        self, impls: Iterable[HookImpl], place: str, given: Mapping[str, object]
    ) -> tuple[Result | None, HookImpl | None]:
        """The first Result, and whose it is.

        Args:
            place: what is done, for messages: ``run KIND``.

        Raises:
            CMError: whatever a plugin raises that is none becomes a :class:`PluginError`.
        """
        for impl in impls:
            with self.blamed(place, impl.plugin_name):
                result = checked_result(_call(impl, given))
                if result is not None:
                    return result, impl
        return None, None

    def around(
        self, wrappers: Sequence[HookImpl], given: Mapping[str, object], work: Callable[[], Result | None]
    ) -> Result | None:
        """Do the work inside wrappers; what one of them does afterwards changes the end only on purpose.

        Raises:
            CMError: of the work, or of a wrapper; whatever else one raises before the work becomes a
                :class:`PluginError`, since it may be there to forbid the work.
        """

        def start(impl: HookImpl) -> _Wrapper:
            with self.blamed(impl.function.__name__, impl.plugin_name):
                return _started(impl, given)

        return self._around(wrappers, start, work, lambda value: isinstance(value, Result))

    @contextlib.contextmanager
    def blamed(self, place: str, plugin: str) -> Iterator[None]:
        """Turn whatever the block raises into a PluginError that names the plugin in whose code it came up.

        Args:
            place: what is done, for messages.
            plugin: whom to name when the traceback shows nobody.
        """
        try:
            yield
        except (CMError, KeyboardInterrupt, BrokenPipeError):
            raise
        except UnicodeEncodeError as error:
            raise not_text(error) from error
        except _FAILURES as error:
            info = culprit(self._plugins, error.__traceback__) or self._plugins.plugins.get(plugin)
            name, distribution = (info.name, info.distribution) if info else (plugin, plugin)
            raise PluginError(
                f"the plugin '{name}' failed at '{place}': {_said(error)}",
                hint=f"add --debug to see where; this is a bug of {distribution}, please report it",
            ) from error

    @contextlib.contextmanager
    def spared(self, what: str) -> Iterator[None]:
        """Turn what a plugin raises in the block into a warning; a CMError is raised on purpose and passes.

        Args:
            what: what it failed to do: ``to write about the run``.
        """
        try:
            yield
        except CMError:
            raise
        except _FAILURES as error:
            info = culprit(self._plugins, error.__traceback__)
            self._warn_of(info.name if info else "", f"failed {what}", error)

    # -- wrappers ----------------------------------------------------------------------------------

    def _around(
        self,
        wrappers: Sequence[HookImpl],
        start: Callable[[HookImpl], _Wrapper | None],
        work: Callable[[], _T],
        accepted: Callable[[object], bool],
    ) -> _T:
        if not wrappers:
            return work()
        started: list[tuple[HookImpl, _Wrapper]] = []
        end: _End[_T] = _End()
        with end.noted():
            for impl in wrappers:  # one by one: those that were started see how it ended
                if (wrapper := start(impl)) is not None:
                    started.append((impl, wrapper))  # noqa: PERF401
            end.value = work()
        for impl, wrapper in reversed(started):
            self._close(impl, wrapper, end, accepted)
        return cast("_T", end.get())

    def _close(
        self,
        impl: HookImpl,
        wrapper: _Wrapper,
        end: _End[Any],
        accepted: Callable[[object], bool],
    ) -> None:
        """Let a wrapper see how the work ended."""
        try:
            value = _sent(impl, wrapper, end)
            if accepted(value):
                end.value, end.failure = value, None
            elif end.failure is not None or end.value is not None:
                raise TypeError(f"it must return what its yield gave, not {type(value).__name__}")
        except (*_FAILURES, KeyboardInterrupt) as error:
            if error is end.failure:
                return
            if isinstance(error, CMError | KeyboardInterrupt):
                end.failure = error
                return
            self._warn_of(impl.plugin_name, f"failed after the work, in {impl.function.__name__}", error)

    def _warn_of(self, plugin: str, what: str, error: BaseException) -> None:
        who = self._plugins.described(plugin) if plugin else "a plugin"
        way_out = f"; to go without the plugin: CM_DISABLE_PLUGINS={plugin}" if plugin else ""
        self._warn(f"{who} {what}: {_said(error)}{way_out}")


class _End(Generic[_T]):
    """How some work ended: with a value or a failure."""

    def __init__(self) -> None:
        self.value: _T | None = None
        self.failure: BaseException | None = None

    @contextlib.contextmanager
    def noted(self) -> Iterator[None]:
        """Keep what the block raises for :meth:`get`."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - it goes on in get()
            self.failure = error

    def get(self) -> _T | None:
        if self.failure is not None:
            raise self.failure
        return self.value


def _started(impl: HookImpl, given: Mapping[str, object]) -> _Wrapper:
    """A wrapper that has run up to its yield."""
    wrapper = cast("_Wrapper", _call(impl, given))
    try:
        next(wrapper)
    except StopIteration:
        raise TypeError("a wrapper must yield once") from None
    return wrapper


def _sent(impl: HookImpl, wrapper: _Wrapper, end: _End[Any]) -> object:
    """What a wrapper makes of the end of the work.

    Raises:
        BaseException: the failure of the work as a rule; whatever a wrapper raises.
    """
    seen = None
    try:
        if impl.hookwrapper:
            import pluggy

            seen = pluggy.Result.from_call(end.get)
            wrapper.send(seen)
        elif end.failure is not None:
            wrapper.throw(end.failure)
        else:
            wrapper.send(end.value)
    except StopIteration as stop:
        return stop.value if seen is None else seen.get_result()
    finally:
        wrapper.close()
    raise TypeError("a wrapper must yield once")


def checked_result(value: object) -> Result | None:
    """What a verb answered.

    Raises:
        TypeError: when it is neither a Result nor ``None``.
    """
    return None if value is None else cast("Result", _checked(value, Result, "a Result"))


def culprit(plugins: PluginRegistry, traceback: TracebackType | None) -> PluginInfo | None:
    """The plugin in whose code an error came up: the innermost one, but the core for nobody's."""
    from cm_core.plugins.registry import BUILT_IN

    found = None
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", ""))
        infos = [info for info in plugins.plugins.values() if info.name != BUILT_IN and _is_of(module, info)]
        # Plugins may share a package: then the one whose module it is.
        found = max(infos, key=lambda info: info.module == module, default=found)
        traceback = traceback.tb_next
    return found


def _is_of(module: str, info: PluginInfo) -> bool:
    package = info.module.rpartition(".")[0] or info.module
    return module == info.module or f"{module}.".startswith(f"{package}.")


def _call(impl: HookImpl, given: Mapping[str, object]) -> object:
    # Those with a default value, too: a newer caller may give more than an older one.
    named = {name: given[name] for name in getattr(impl, "kwargnames", ()) if name in given}
    return impl.function(*(given[name] for name in impl.argnames), **named)


def _checked(value: object, wanted: Any, name: str) -> Any:
    if not isinstance(value, wanted):
        raise TypeError(f"it must return {name}, not {type(value).__name__}")
    return value


def not_text(error: UnicodeEncodeError) -> CMError:
    """What to say of a name that no record can hold: one that is not UTF-8 comes as halves of characters."""
    before, after = error.object[: error.start].splitlines(), error.object[error.start :].splitlines()
    name = "".join(before[-1:])[-100:].rpartition('"')[2] + "".join(after[:1])[:100].partition('"')[0]
    return CMError(
        f"this is not UTF-8 text, so it cannot be recorded: {name}",
        hint="rename the file or folder, or give another value",
    )


def _said(error: BaseException) -> str:
    shown = " ".join(str(error).split())
    return shown if isinstance(error, CMError) else f"{type(error).__name__}{': ' if shown else ''}{shown}"
