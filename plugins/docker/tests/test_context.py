"""What travels into an image, and the files that describe it."""

from __future__ import annotations

import io
import json
import shlex
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution

import pytest

from cm_core import AlreadyExistsError, CMError, NotFoundError, Request
from cm_docker.context import plan_context, remove_context
from cm_docker.distributions import collect_toolkit, pack
from cm_docker.dockerfile import ImagePlan, dockerfile
from cm_docker.job import plan_job
from cm_docker.proxies import public_proxies


@pytest.fixture
def plan(cm_session, scripts):
    def do(tags="show inputs", **options):
        request = Request(action="docker", automation="script", artifact=tags, options=options)
        return plan_job(request, cm_session)

    return do


def test_a_packed_wheel_installs_and_works(tmp_path):
    name, content = pack(distribution("cm-automation"))
    wheel = tmp_path / name
    wheel.write_bytes(content)
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", f"--target={target}"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    asked = f"import sys; sys.path.insert(0, {str(target)!r}); import cm_core; print(cm_core.__file__)"
    done = subprocess.run([sys.executable, "-I", "-c", asked], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == str(target / "cm_core" / "__init__.py")
    assert (target / "bin" / "cm").exists()


def test_packing_twice_gives_the_same_file():
    assert pack(distribution("cm-plugin-script")) == pack(distribution("cm-plugin-script"))


def test_recipes_travel_inside_their_wheel():
    _, content = pack(distribution("cm-plugin-script"))
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "cm_script/recipes/cmr.yaml" in names
    assert not any("__pycache__" in name for name in names)


def test_a_distribution_without_source_is_packed_from_its_files():
    name, content = pack(distribution("pluggy"))
    assert name == f"pluggy-{distribution('pluggy').version}-py3-none-any.whl"
    assert "pluggy/__init__.py" in zipfile.ZipFile(io.BytesIO(content)).namelist()


@pytest.mark.parametrize("pure", [True, False])
def test_a_library_from_no_index_is_packed_unless_it_is_compiled(tmp_path, pure):
    info = tmp_path / "acme_lib-1.0.dist-info"
    info.mkdir()
    (tmp_path / "acme_lib.py").write_text("", encoding="utf-8")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-lib\nVersion: 1.0\n", encoding="utf-8")
    (info / "WHEEL").write_text(f"Root-Is-Purelib: {str(pure).lower()}\n", encoding="utf-8")
    (info / "RECORD").write_text("acme_lib.py,,\nacme_lib-1.0.dist-info/METADATA,,\n", encoding="utf-8")
    if pure:
        assert pack(Distribution.at(info))[0] == "acme_lib-1.0-py3-none-any.whl"
    else:
        with pytest.raises(CMError, match="'acme-lib' was not installed from an index"):
            pack(Distribution.at(info))


def test_only_what_is_needed_travels(cm_session):
    toolkit = collect_toolkit(cm_session, (), ())
    assert {"cm-automation", "cm-plugin-script", "cm-plugin-cache"} <= toolkit.versions.keys()
    assert "cm-plugin-mlperf" not in toolkit.versions
    assert f"click=={distribution('click').version}" in toolkit.pins
    assert not any(pin.startswith("cm-") for pin in toolkit.pins)


def test_more_plugins_travel_when_asked_for(cm_session):
    toolkit = collect_toolkit(cm_session, ("doc",), ())
    assert "cm-plugin-doc" in toolkit.versions
    assert any(pin.startswith("jinja2==") for pin in toolkit.pins)
    with pytest.raises(NotFoundError, match="no plugin 'nobody'"):
        collect_toolkit(cm_session, ("nobody",), ())


def test_repositories_travel_without_cache_history_and_configuration(cm_session, scripts, plan, tmp_path):
    cm_session.home.ensure()
    local = cm_session.home.local_repo
    for place in ("cache/secret", "cfg/default", "script/mine", "script/mine/.git"):
        (local / place).mkdir(parents=True)
        (local / place / "file.txt").write_text("x", encoding="utf-8")
    (scripts / "script" / "show-inputs" / "link").symlink_to("run.sh")
    context = plan_context(plan(docker_repos="local"), cm_session, base="python:3.11-slim")
    names = {name.removeprefix("home/") for name in context.files if name.startswith("home/")}
    assert "repos/boxes/script/show-inputs/run.sh" in names
    assert "repos/boxes/script/show-inputs/link" in names
    assert "repos/local/script/mine/file.txt" in names
    assert not any(word in name for name in names for word in ("cache", "cfg", ".git"))
    assert json.loads(context.files["home/repos.json"]) == ["boxes"]
    folder = tmp_path / "context"
    context.write(folder)
    assert (folder / "home/repos/boxes/script/show-inputs/link").is_symlink()
    with pytest.raises(AlreadyExistsError, match="not empty"):
        context.write(folder)


def test_a_local_repository_under_git_keeps_its_configuration_too(cm_session, scripts, plan, need_tool):
    need_tool("git")
    cm_session.home.ensure()
    local = cm_session.home.local_repo
    for place in ("cfg/default", "script/mine"):
        (local / place).mkdir(parents=True)
        (local / place / "file.txt").write_text("x", encoding="utf-8")
    subprocess.run(["git", "init", "--quiet", str(local)], check=True)
    files = plan_context(plan(docker_repos="local"), cm_session, base="x:1").files
    assert "home/repos/local/script/mine/file.txt" in files
    assert not any("cfg/" in name for name in files)


@pytest.fixture
def travelling(cm_session, make_scripts, plan):
    """Repositories that travel for a script that needs another repository; a third one has nothing to do with it."""
    make_scripts("tools", {"get-tool": {"run.sh": "echo"}}, register=cm_session)
    make_scripts(
        "ours", {"use-tool": {"deps": [{"tags": "get,tool"}], "run.sh": "echo"}}, register=cm_session
    )
    secret = make_scripts("secret", {"win-contract": {"run.sh": "echo"}}, register=cm_session)
    (secret / "id_rsa").write_text("", encoding="utf-8")

    def do(**options):
        return plan_context(plan("use tool", **options), cm_session, base="x:1")

    return do


def test_only_repositories_that_a_script_needs_travel(travelling):
    context = travelling()
    assert json.loads(context.files["home/repos.json"]) == ["tools", "ours"]
    assert [line.partition(":")[0] for line in context.lines] == ["ours", "tools"]
    assert not any("secret" in name or b"secret" in context.files["Dockerfile"] for name in context.files)


def test_more_repositories_travel_when_asked_for_but_no_secrets(travelling):
    with pytest.raises(CMError, match="id_rsa") as caught:
        travelling(docker_repos="secret")
    assert "--docker_with_secrets" in caught.value.hint
    files = travelling(docker_repos="secret", docker_with_secrets=True).files
    assert "home/repos/secret/id_rsa" in files
    with pytest.raises(NotFoundError, match="no repository 'nobody'"):
        travelling(docker_repos="nobody")


def test_a_repository_that_is_pulled_in_the_image_is_not_copied(travelling, cm_session, make_scripts):
    make_scripts("owner@tools", {"get-tool": {"run.sh": "echo"}}, register=cm_session)
    names = [
        json.loads(travelling(**options).files["home/repos.json"])
        for options in (
            {},
            {"docker_cm_repo": "owner@tools"},
            {"docker_cm_repos": "https://example.com/owner/tools.git"},
        )
    ]
    assert names == [["ours", "owner@tools"], ["ours"], ["ours"]]


def test_a_script_that_git_does_not_track_is_named(travelling, cm_session, need_tool):
    need_tool("git")
    (repo,) = [repo for repo in cm_session.repos.list() if repo.alias == "ours"]
    for words in (["init", "--quiet"], ["add", "cmr.yaml"]):
        subprocess.run(["git", *words], cwd=repo.path, check=True)
    with pytest.raises(CMError, match="does not track the script"):
        travelling()
    assert "home/repos/ours/script/use-tool/run.sh" in travelling(docker_with_untracked=True).files


def test_only_a_context_is_replaced(tmp_path, cm_session, scripts, plan):
    folder = tmp_path / "context"
    plan_context(plan(), cm_session, base="x:1").write(folder)
    remove_context(folder)
    assert not folder.exists()
    project = tmp_path / "project"
    (project / "wheels").mkdir(parents=True)
    for name in ("requirements.txt", "app.py"):
        (project / name).write_text("x", encoding="utf-8")
    with pytest.raises(AlreadyExistsError, match="was not written by cm"):
        remove_context(project)
    assert (project / "app.py").exists()


def test_hidden_files_of_a_project_do_not_travel(tmp_path):
    info = tmp_path / "site" / "flat-1.0.dist-info"
    project = tmp_path / "project"
    for file, text in {
        info / "METADATA": "Metadata-Version: 2.1\nName: flat\nVersion: 1.0\n",
        info / "direct_url.json": json.dumps({"url": project.as_uri(), "dir_info": {"editable": True}}),
        info / "RECORD": "flat.pth,,\nflat-1.0.dist-info/METADATA,,\n",
        tmp_path / "site" / "flat.pth": str(project),
        project / "flat" / "__init__.py": "",
        project / ".env": "TOKEN=x",
        project / ".git" / "config": "x",
    }.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    _, content = pack(Distribution.at(info))
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert "flat/__init__.py" in names
    assert not any(name.startswith(".") for name in names)


def test_the_digest_changes_with_any_file(cm_session, scripts, plan):
    def digest():
        return plan_context(plan(), cm_session, base="python:3.11-slim").digest

    before = digest()
    assert digest() == before
    (scripts / "script" / "show-inputs" / "run.sh").write_text("echo other\n", encoding="utf-8")
    assert digest() != before


def test_the_dockerfile_reads_like_one(cm_session, plan):
    context = plan_context(plan(), cm_session, base="python:3.11-slim@sha256:12ab")
    text = context.files["Dockerfile"].decode()
    lines = text.splitlines()
    assert "FROM python:3.11-slim@sha256:12ab" in lines
    order = [
        text.index(word)
        for word in (
            "FROM ",
            "ARG CM_UID",
            "requirements.txt /",
            "wheels /",
            "COPY --chown=$CM_UID:$CM_GID home",
            "RUN cm run",
            "CMD ",
        )
    ]
    assert order == sorted(order)
    assert "sudo" not in text.replace("no sudo", "")
    assert 'CMD ["cm", "run", "script", "--tags=show,inputs"]' in lines


def test_secrets_are_in_no_file(cm_session, plan):
    cm_session.env = {**cm_session.env, "GH_TOKEN": "sesame-of-the-environment"}
    job = plan(
        gh_token="sesame-typed",
        env={"CM_LAB_API_KEY": "abracadabra", "CM_N": "1"},
        docker={"dockerfile_env": {"CM_BUILD_TOKEN": "abracadabra", "CM_M": "2"}},
    )
    assert "--env.CM_M=2" in job.build_command
    assert job.secrets == {
        "gh_token": "sesame-typed",
        "env": {"CM_LAB_API_KEY": "abracadabra", "GH_TOKEN": "sesame-of-the-environment"},
    }
    assert "--env.CM_N=1" in job.command
    context = plan_context(job, cm_session, base="x:1")
    everything = b"".join(content for content in context.files.values() if isinstance(content, bytes))
    for word in ("sesame", "abracadabra"):
        assert word.encode() not in everything
        assert word not in " ".join((*job.command, *job.build_command))


def test_a_run_that_needs_files_makes_its_dependencies_when_it_runs(plan, tmp_path):
    (tmp_path / "in.txt").write_text("x", encoding="utf-8")
    assert plan().build_command
    assert plan(input="in.txt").build_command == ()
    assert "--input" not in " ".join(plan(input="in.txt", docker_fake_run_deps="yes").build_command)
    assert plan(docker_fake_run_deps="no").build_command == ()
    assert plan(docker_cache="shared").build_command == ()


def test_tokens_and_proxies_with_a_password_go_where_secrets_go(cm_session, plan):
    cm_session.env = {**cm_session.env, "https_proxy": "http://me:sesame@proxy:3128", "no_proxy": "localhost"}
    job = plan(docker={"gh_token": "open"}, token={"of": "nested"}, urls=["https://me:sesame@host/x"])
    assert job.secrets == {
        "gh_token": "open",
        "token": {"of": "nested"},
        "urls": ["https://me:sesame@host/x"],
        "env": {"https_proxy": "http://me:sesame@proxy:3128"},
    }
    assert public_proxies(cm_session.env) == {"no_proxy": "localhost"}


def test_an_address_with_a_password_is_a_secret(plan):
    job = plan(env={"CM_URL": "https://me:sesame@host/x"})
    assert job.secrets == {"env": {"CM_URL": "https://me:sesame@host/x"}}
    assert "CM_URL" not in " ".join(job.command)


def test_the_image_is_the_same_whatever_files_a_run_has(cm_session, plan, tmp_path):
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    jobs = [plan(input=name) for name in ("a.txt", "b.txt")]
    assert jobs[0].command != jobs[1].command
    digests = {plan_context(job, cm_session, base="x:1").digest for job in jobs}
    assert len(digests) == 1


def test_the_image_is_the_same_however_a_run_is_shown(cm_session, plan):
    jobs = [plan(), plan(quiet=True), plan(verbose=True, time=True)]
    assert jobs[1].command != jobs[0].command
    assert len({plan_context(job, cm_session, base="x:1").digest for job in jobs}) == 1


def test_a_written_dockerfile_repeats_the_run_with_its_files(cm_session, plan, tmp_path):
    cm_session.cwd = tmp_path / "work"
    cm_session.cwd.mkdir()
    data = tmp_path / "data.txt"
    data.write_text("x", encoding="utf-8")
    context = plan_context(plan(input=str(data)), cm_session, base="x:1", complete=True)
    text = context.files["Dockerfile"].decode()
    assert f"-v {data}:/inputs/1/data.txt NAME" in text
    assert '"--input=/inputs/1/data.txt"' in text


def test_line_breaks_do_not_start_instructions():
    words = ("cm", "run", "script", "--env.A=one\nUSER root")
    text = dockerfile(
        ImagePlan(
            title="a\nUSER root", base="b:1", user=(1, 1), script="s", command=words, build_command=words
        )
    )
    assert "\nUSER root" not in text
    commands = [line.removeprefix("CMD ") for line in text.splitlines() if line.startswith("CMD ")]
    assert [tuple(json.loads(line)) for line in commands] == [words]
    assert json.loads(
        next(line for line in text.splitlines() if line.startswith('RUN ["cm"')).removeprefix("RUN ")
    ) == list(words)


def test_folders_with_blanks_are_quoted_in_the_command_to_run_it():
    mounts = ("/my data:/d:ro", "/e:/e:ro")
    text = dockerfile(
        ImagePlan(title="t", base="b:1", user=(1, 1), script="s", command=("cm",), mounts=mounts)
    )
    assert """docker run --rm -v "$PWD:/workspace" -v '/my data:/d:ro' -v /e:/e:ro NAME""" in text


def test_a_definition_file_for_apptainer(cm_session, plan):
    context = plan_context(plan(), cm_session, base="ubuntu:22.04", recipe="image.def")
    text = context.files["image.def"].decode()
    assert "Bootstrap: docker\nFrom: ubuntu:22.04\n" in text
    assert "python3.11 -m venv" in text
    run = next(line for line in text.splitlines() if line.strip().startswith("exec "))
    assert shlex.split(run)[:3] == ["exec", "cm", "run"]
    for section in ("%files", "%post", "%environment", "%labels", "%runscript"):
        assert f"\n{section}\n" in text


def test_a_script_that_is_not_for_containers(plan):
    with pytest.raises(Exception, match="not for containers"):
        plan("not here")
    assert plan("not here", docker_run_override=True).command


def test_dependencies_of_metadata_name_what_is_mounted(cm_session, plan):
    job = plan("want place")
    (mount,) = job.mounts
    assert mount.source.is_relative_to(cm_session.home.local_repo / "cache")
    assert f"--env.CM_ONCE={mount.target}" in job.command
    assert "--docker_run_deps" in job.command


def test_dependencies_of_containers_run_first_inside(run_cm, scripts):
    done = run_cm("run", "script", "want place", "--docker_run_deps", "--out=json")
    assert done.json()["deps"] == ["make,once"]
    assert run_cm("run", "script", "want place", "--out=json").json()["deps"] == []
