"""Repositories of the CM toolkit: pull, create, pack, update and remove them.

- ``actions``: the verbs on repositories: a request is read here, work is done by the other modules;
- ``archive``: zip files of repositories: stricter than other archives, since what is in them is registered
  and run;
- ``checks``: what must hold before a folder becomes a repository of this home;
- ``config``: what a user or an administrator can configure about repositories;
- ``create``: create a repository, or register a folder that is one;
- ``detect``: say which repository and which artifact a folder belongs to, registered or not;
- ``download``: zip files from the web: credentials sent to one server only, and what to do when there is no
  file;
- ``flags``: the flags of ``repo``;
- ``git``: the ``git`` program, called with argument lists, checked, and without ever showing a token;
- ``health``: what ``cm doctor`` says about repositories: git, and those of a home of the original;
- ``inspect``: look at repositories: list them, say where they are and where they came from;
- ``metakeys``: the keys of ``cmr.yaml``, the metadata of a repository;
- ``options``: what can be asked of a pull, and what came out of it;
- ``plugin``: the automation ``repo``: hooks that hand on to :mod:`cm_repo.actions`;
- ``previews``: what verbs would do, found out without asking a server and without writing in the home;
- ``pull``: pull a repository: fetched and checked in a temporary folder, then put in its place in one step;
- ``remove``: take repositories off the list, and their content off the disk when that is asked for;
- ``rename``: give a repository another name;
- ``staging``: a repository is built in a temporary folder beside its place and appears there in one step;
- ``trust``: which repositories may be pulled: an allow-list of owners and pinned commits, both optional;
- ``update``: bring an existing clone up to date, or leave it exactly as it was;
- ``update_all``: update every clone, wherever it is, and say how each went;
- ``urls``: from what a person types to the place a repository comes from, with dangerous places refused.
"""
