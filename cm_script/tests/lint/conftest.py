"""Repositories written by hand, so that a test knows the lines."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from cm_core import Request

IDENTITY = "alias: {name}\nuid: {uid}\nautomation_alias: script\nautomation_uid: 5b4e0237da074764\n"
IDENTITY_LINES = 4


@dataclass
class Workshop:
    """Writes recipes into one registered repository and examines them."""

    session: object
    root: Path
    count: int = 0

    def write(self, name, text="", *, identity=True, **files):
        """Write one recipe; ``text`` starts in line 5, after its identity and above its tags.

        Files are named with ``__`` for the dot: ``run__sh="echo"``.
        """
        self.count += 1
        folder = self.root / "script" / name
        folder.mkdir(parents=True, exist_ok=True)
        head = IDENTITY.format(name=name, uid=f"a{self.count:015x}") if identity else ""
        tags = "" if "\ntags:" in f"\n{text}" else f"tags: [{', '.join(name.split('-'))}]\n"
        (folder / "_cm.yaml").write_text(f"{head}{text}{tags}", encoding="utf-8")
        for file, content in files.items():
            (folder / file.replace("__", ".")).write_text(content, encoding="utf-8")
        return folder

    def call(self, *names, kind="script", **options):
        first, *rest = names or ("",)
        options.setdefault("level", "info")
        request = Request(
            action="lint",
            automation=kind,
            artifact=str(first),
            artifacts=tuple(map(str, rest)),
            options=options,
        )
        return self.session.call(request)

    def findings(self, *names, **options):
        """What is found in this repository."""
        found = self.call(*names, **options).data["findings"]
        return [finding for finding in found if Path(finding["path"]).is_relative_to(self.root)]

    def rules(self, *names, **options):
        """Rule and line of each finding."""
        return [(finding["rule"], finding["line"]) for finding in self.findings(*names, **options)]


@pytest.fixture
def workshop(cm_session, make_repo) -> Workshop:
    root = make_repo("mine", register=cm_session)
    yield Workshop(session=cm_session, root=root)
    cm_session.close()
