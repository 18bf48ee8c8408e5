#!/usr/bin/env python3
"""Writes docs/presets.md from the tables of effects: which writes each preset asks about, for people who write policies.
   hack/presets_docs.py [--check]     --check: changes nothing, and fails if the page is not current

A kind is shown by the rows of its table, one line for all fields that have the same effects. Beside a field stand the members
that have its effects, too, so that whoever searches for a field finds it. The examples are writes of tests/data/writes.jsonl,
whose effects are held to by tests.
"""
import json
import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "lib"))
import api_fields  # noqa: E402
import effects_table  # noqa: E402
from effects_table import CUSTOM, EFFECTS, ROOT, TABLE, decided_for, path_text  # noqa: E402

PAGE = ROOT / "docs" / "presets.md"
WRITES = ROOT / "tests" / "data" / "writes.jsonl"

PRESETS = {
    "PodPromotion": "what runs: images, commands, where, when and how many",
    "RBACChange": "who may do what, or act as whom; each write that changes a role or binding",
    "SecretAccess": "a Secret's value that reaches a place or is shown, and what runs where one already is",
    "Exec": "a way into a container or through a proxy",
    "TokenRequest": "a login that is handed out",
    "Deletion": "an object or data that goes, now or by itself later",
    "Traffic": "where packets go, and which are let through",
    "Infrastructure": "what all namespaces share, and what the API server serves; each write of a NetworkPolicy",
}
MEANINGS = {
    "RunsCode": "decides what runs, where, when, how many, with what rights and environment; also by templates, schedules, autoscalers, bindings",
    "Connects": "opens a way into a container or through a proxy: exec, attach, port-forward, proxy, an ephemeral container",
    "Identity": "decides who may act as whom or do what: roles, bindings, tokens, certificates, the account that a pod runs as",
    "IssuesToken": "hands out a login: a token, or a Secret that is one. A part of Identity",
    "UsesSecret": "brings a Secret's value to a place: a mount, a variable, a pull secret, a certificate, a driver's Secret",
    "HoldsSecret": "changes what runs in a pod that uses a Secret already: its image, command, environment, mounts",
    "ShowsSecret": "gets an answer with a Secret's value in it: each write of a Secret, a token",
    "Deletes": "makes an object or data go, now or by itself later: DELETE, eviction, a time to live, a scale to zero, a finalizer that is taken off, a key that is taken out",
    "Traffic": "decides where packets go: Services, endpoints, ingresses, network policies, labels that select pods",
    "Shared": "changes what all share: nodes, namespaces, volumes, quotas, classes, priorities, and whatever is in kube-system",
    "Serving": "changes what the API server serves and asks: CRDs, APIServices, webhooks, admission policies",
    "Speaks": "says something in Sallyport's name. The guard refuses it; no policy can name it",
    "Own": "touches Sallyport's own objects. The guard refuses it; no policy can name it",
}
# How a judge is written beside an effect, and what it means. The head of effects.table tells it more exactly.
JUDGES = {
    "removed": ("if removed", "an UPDATE takes a key or an element away, or leaves nothing"),
    "to_zero": ("if 0", "the number becomes 0"),
    "tightened": ("if tightened", "an UPDATE makes a number less or sets one where there was none, sets a boolean to true, or changes anything else there"),
    "finalizer_removed": ("if one is taken off", "an UPDATE takes a finalizer off. The object may go by that, so the write does what a DELETE of its kind does as well"),
    "owner_added": ("if one is added", "an UPDATE adds an owner. The object may go by that, so the write does what a DELETE of its kind does as well"),
    "no_execute": ("if NoExecute", "a taint with the effect NoExecute is added"),
    "holds_secret": ("if the pod uses a Secret", "the pod uses a Secret, before or after the write, other than by the default token"),
    "mounts_secret": ("if the volume shows a Secret", "the volume of that name shows a Secret, before or after the write"),
    "token_secret": ("if it is a login", "the Secret logs somebody in: by its type (service account token, bootstrap token), its name or its annotations"),
    "system_namespace": ("if in the system", "it stands in kube-system, kube-public or kube-node-lease"),
    "speaks": ("if of Sallyport", "an Event says that it comes from Sallyport, or is about it"),
}
SUB_TABLES = {"@pod": "A pod spec", "@container": "A container", "@template": "A pod template", "@job": "A Job's spec",
              "@podgroup": "A group of pods", "@devices": "Devices that are asked for", "@claim": "A claim on storage",
              "@volume": "The source of a volume", "@manifests": "What others are applied from", "@steps": "A step of a pipeline",
              "@backup": "A backup"}
OPERATIONS = {"!create": "create", "!update": "update", "!same": "an update that changes nothing", "!delete": "delete",
              "!connect": "connect", "!write": "create, update, delete"}
# What an agent does: a write of tests/data/writes.jsonl, in the words of this page. By what people ask first.
EXAMPLES = {
    "an image changes": "changes the image of a Deployment",
    "an image changes where a Secret is": "changes the image of a Deployment that mounts a Secret",
    "a CronJob's schedule": "changes `spec.schedule` of a CronJob",
    "replicas change": "scales a Deployment from 1 to 3",
    "replicas go to none": "scales a Deployment to 0",
    "a Deployment's history is cut": "sets `spec.revisionHistoryLimit` of a Deployment",
    "a label of a Deployment changes": "labels a Deployment",
    "an annotation of a Deployment changes": "annotates a Deployment",
    "a pod is labelled": "labels a Pod: who selects it may adopt it or let it go",
    "a Secret is mounted": "mounts a Secret",
    "the account changes": "changes `serviceAccountName` of a Deployment",
    "a Deployment is made as the API server fills it in": "creates a Deployment",
    "a Job is made that sweeps itself": "creates a Job with `ttlSecondsAfterFinished`",
    "exec": "runs `kubectl exec`",
    "a pod is evicted": "evicts a Pod",
    "a ConfigMap is made": "creates a ConfigMap",
    "a value of a ConfigMap is replaced": "replaces a value in a ConfigMap",
    "a key of a ConfigMap goes": "takes a key out of a ConfigMap",
    "a ConfigMap is deleted": "deletes a ConfigMap",
    "a finalizer is taken off": "takes a finalizer off, of any kind",
    "an owner is added": "adds an owner reference, of any kind",
    "a Secret is made": "creates a Secret",
    "a Secret is written as it is": "patches a Secret and changes nothing",
    "a token": "asks for a token of a service account",
    "an account is made": "creates a ServiceAccount",
    "a role is labelled": "labels a Role",
    "a role is written as it is": "writes a Role as it is",
    "a namespace is labelled": "labels a Namespace",
    "a node is tainted": "taints a Node, with NoSchedule",
    "a claim is made as the API server fills it in": "creates a PersistentVolumeClaim",
    "a NetworkPolicy goes": "deletes a NetworkPolicy",
    "an Ingress's certificate": "changes `spec.tls` of an Ingress",
    "a CRD goes": "deletes a CustomResourceDefinition",
    "a question": "asks `kubectl auth can-i`",
}

HEAD = """\
# Presets and effects

<!-- made by hack/presets_docs.py -->

What a policy asks about, for whoever writes one. An *effect* is what a write does in the cluster, by whatever kind and field it
does it. A *preset* is a set of effects with a name. Each action of a policy names one of these three:

```yaml
actions:
- preset: PodPromotion
- effects: [UsesSecret, ShowsSecret]      # one of them is enough
- resourceRules: [{apiGroups: [apps], apiVersions: ["*"], operations: [UPDATE], resources: [deployments]}]
  changedFields: ["spec.template.spec.containers[*].image"]
```

Begin with a preset. `resourceRules` ask about kinds and operations, whatever a write does, and `changedFields` narrows them to the
fields that it names. Such a policy sees nothing else: not a command, a volume or an account beside the image, not another
kind that makes the same pods, not a delete and create.

The built-in guard stands beside all policies, and refuses some writes whatever they say
([threat-model.md](threat-model.md#become-somebody-else-or-take-the-gate-away)).

"""
LOOK_UP = """
## What asks, and what does not

Each line is a write, what it does, and the presets that ask about it. `Everything` asks about each of them, except where
nothing changes (but for Secrets) or nothing is stored.

{examples}

## How to look a write up

Search this page for the kind (`CronJob`), or for the field (`schedule`).

- **CREATE** does what its fields do that are there, and neither empty nor `false`. A value in brackets behind a field counts as
  empty, since the API server fills it in.
- **UPDATE**, whether by patch, apply or replace, does what the fields do that differ. An UPDATE by which nothing differs does
  nothing, but for Secrets.
- **DELETE** has Deletes, of any kind. Where a kind's lines name "delete", it does that as well.
- A part, such as `deployments/status`, is read by the lines of its kind, unless it has lines of its own.
- A field that has no line does what the nearest field above it does. Behind the colon of a field stand members of it that do what
  it does.
- `metadata` does nothing, but for finalizers and owners, and where a kind's lines name it. Those annotations that the lines of
  every kind name do nothing on any kind that does not name them itself.
- What decides which fields somebody's next `kubectl apply` takes away (the last-applied annotation, `managedFields`) does what those
  fields do.
- In kube-system, every write has Shared as well.
- A dry run does what the write would do.
- A field or a kind of Kubernetes that is newer than this page has every effect.
- A kind that is not on this page: DELETE, finalizers, owners and `scale` as of any kind, and nothing else, unless
  [your values](#your-own-kinds) say what its fields do.

Some effects depend on what the write does to the field:

{judges}

"""
OWN_KINDS = """
## Your own kinds

Of a kind that is not on this page, a policy with presets or effects sees a DELETE, finalizers, owners and `scale`, and nothing else. What
its other fields do, the chart's values say:

```yaml
effects:
- group: example.com              # of the kind's apiVersion, without the version; "" is the core group
  resource: widgets               # the plural, as in the CRD's name; widgets/status is a part of it
  fields:
    spec.command: [RunsCode]      # the field, and all that is in it
    spec.env.*.secretName: [UsesSecret]
```

A path has dots between its steps, at most 24. Lists have no places of their own: `spec.steps.command` is that of each step. `*` is each key of
a map, `data['a.b']` a key that is no plain word, and `"."` the whole object. The effects are {names}.

This adds, and takes nothing away: a kind that stands on this page keeps what it has. Of a kind of Kubernetes, only fields that it has can be
named. What a write has by this counts in every way as what it has by this page: an empty field has nothing at CREATE, and a part is read
by the lines of its kind. Neither the built-in guard nor `resourceRules` go by it.

A replica that cannot read this does not start, and says which entry is wrong. `policy test` takes the same list as `effects` in tests.yaml,
and `check` takes your values with `--values`.
"""
KINDS = "| kind | a write of | does | asked about by |\n|---|---|---|---|\n"
FIELDS = "| a write of | does | asked about by |\n|---|---|---|\n"


def effect_words(effects):
    """RunsCode, Deletes if 0: those without a condition first."""
    split = [effect.partition("?") for effect in effects if effect != "moved"]
    certain = {name for name, _, judge in split if not judge}
    said = [(bool(judge), EFFECTS.index(name), judge, name) for name, _, judge in split if not judge or name not in certain]
    return ", ".join(name + (f" {JUDGES[judge][0]}" if judge else "") for _, _, judge, name in sorted(said)) or "nothing"


class Takers:
    """Which presets ask."""

    def __init__(self, table):
        self.presets = [(name, set(effects.split(",")), set(resources)) for _, name, effects, *resources in table.presets]

    def of(self, effects, resource=""):
        """RBACChange, Deletion if 0"""
        certain = {effect for effect in effects if "?" not in effect}
        found = {}
        for name, takes, resources in self.presets:
            judges = sorted({judge for effect, _, judge in (each.partition("?") for each in effects) if judge and effect in takes})
            if takes & certain or "/".join(resource.split("/")[:2]) in resources:
                found[name] = ""
            elif judges:
                found[name] = " if " + " or ".join(JUDGES[judge][0].removeprefix("if ") for judge in judges)
        words = ", ".join(name + found[name] for name in sorted(found, key=lambda each: bool(found[each])))
        return words or ("the guard refuses it" if {"Own", "Speaks"} & names_of(effects) else "nobody")


def names_of(effects):
    return {effect.partition("?")[0] for effect in effects}


def anchor(text):
    return re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-")


def link(sub_table):
    title = SUB_TABLES[sub_table]
    return f"[{title[0].lower()}{title[1:]}](#{anchor(title)})"


def code(steps):
    return f"`{path_text(steps)}`" if steps else "any field"


class Page:
    def __init__(self):
        self.table = effects_table.Table(TABLE.read_text())
        self.custom = effects_table.Table(CUSTOM.read_text(), CUSTOM, self.table)
        self.takers = Takers(self.table)
        self.kinds, self.paths = {}, {}  # of each resource: its kind, and {steps: type} in whatever version
        for fields in api_fields.read().values():
            for resource, of in fields.resources.items():
                self.kinds[resource] = min(name.rpartition(".")[2] for name in of["types"])
                self.paths.setdefault(resource, {}).update(fields.paths_of(resource))
        for resource, paths in list(self.paths.items()):
            for steps, decided in self.table.places_of(resource).items():
                if decided.row.table.startswith("@") and not decided.row.steps:
                    inner = {path[len(steps):]: kind for path, kind in paths.items() if path[:len(steps)] == steps and path != steps}
                    self.paths.setdefault(decided.row.table, {}).update(inner)

    # --- one table's lines ---

    def lines_of(self, table, name):
        """[(what, effects, presets)] of a resource or a sub-table, each in words."""
        grouped = {}
        for row in table.by_table[name].values():
            if row.operation in ("!guard", "!virtual") or self._says_nothing_new(table, name, row):
                continue
            key = effect_words(row.effects), self.takers.of(row.effects - {"moved"}, name)
            if row.mount:
                key = f"as {link(row.mount)}" + (f", and {key[0]}" if row.effects else ""), ""
            grouped.setdefault((bool(row.mount), *key), []).append(self._what(table, name, row))
        return [(self._cell(whats), *key) for (_, *key), whats in sorted(grouped.items(), key=lambda each: each[0][0])]

    @staticmethod
    def _cell(whats):
        """Fields with members stand on lines of their own."""
        plain = "; ".join(each for each in whats if ": " not in each)
        return "<br>".join([*([plain] if plain else []), *(each for each in whats if ": " in each)])

    @staticmethod
    def _says_nothing_new(table, name, row):
        """The line of a field above says it, or the text before the kinds does (moved)."""
        if row.operation or row.mount or not row.steps:
            return False
        above = [each for each in table.by_table[name].values() if not each.operation and each.steps == row.steps[:len(each.steps)] != row.steps]
        nearest = max(above, key=lambda each: len(each.steps), default=None)
        if row.steps[0] == "metadata" and (name == "*" or nearest and not nearest.steps):
            return "moved" in row.effects  # between the two stands what holds for every kind
        return "moved" in row.effects or nearest is not None and not nearest.mount and (nearest.effects, row.neutral) == (row.effects, "")

    def _what(self, table, name, row):
        if row.operation:
            return OPERATIONS[row.operation]
        text = code(row.steps) if row.steps or not name.startswith("@") else "all else"
        if row.neutral:
            text += f" (`{row.neutral.removeprefix('neutral=').replace(',', '`, `')}`)"
        members = self._members(table, name, row) if not row.mount else []
        return text + (": " + ", ".join(f"`{member}`" for member in members) if members else "")

    def _members(self, table, name, row):
        """The members of the object, or of a field right in it, that the row decides."""
        if len(row.steps) > 1 or row.steps[:1] in (("status",), ("metadata",)):
            return []
        places = table.expand(name)
        inside = {steps for steps in self.paths.get(name, ()) if steps[:-1] == row.steps and steps[-1] != "*"}
        return sorted(steps[-1] for steps in inside if steps[0] not in ("metadata", "status") and decided_for(places, steps)[1].row is row)

    def rows(self, table, names):
        """The lines of several resources as one table; those that say the same stand together."""
        alike = {}
        for name in names:
            if lines := self.lines_of(table, name):
                alike.setdefault(tuple(lines), []).append(name)
        for lines, same in alike.items():
            titles = "<br>".join(map(self._title, same))
            for place, line in enumerate(lines):
                yield f"| {' | '.join(('' if place else titles, *line))} |\n"

    def _title(self, name):
        if name.startswith("*"):
            return "**any kind**" if name == "*" else f"**any kind** `*/{name[2:]}`"
        group, resource, *part = name.split("/")
        plural = f"`{resource}{'' if group == 'core' else '.' + group}{'/' + part[0] if part else ''}`"
        return plural if part or name not in self.kinds else f"**{self.kinds[name]}** {plural}"

    # --- the page ---

    def text(self):
        look_up = LOOK_UP.format(examples=self._examples(), judges=self._judges())
        return "".join([HEAD, self._presets(), self._effects(), look_up, *self._built_in(), *self._others(), self._own()])

    def _presets(self):
        told = {name: takes for name, takes, _ in self.takers.presets}
        if told.keys() != PRESETS.keys():
            raise SystemExit(f"{TABLE.name} and {pathlib.Path(__file__).name} have other presets: {sorted(told.keys() ^ PRESETS.keys())}")
        lines = [f"| `{name}` | {', '.join(each for each in EFFECTS if each in told[name])} | {words} |" for name, words in PRESETS.items()]
        lines.append("| `Everything` | any effect, or none | each write that stores something, and each way in |")
        return "| preset | asks about writes that have | in words |\n|---|---|---|\n" + "\n".join(lines) + "\n\n"

    def _effects(self):
        lines = [f"| `{name}` | {MEANINGS[name]} | {self.takers.of({name})} |\n" for name in EFFECTS]
        return "| effect | a write has it that | asked about by |\n|---|---|---|\n" + "".join(lines)

    def _examples(self):
        writes = {write["it"]: write for write in map(json.loads, WRITES.read_text().splitlines())}
        if missing := EXAMPLES.keys() - writes.keys():
            raise SystemExit(f"{WRITES.name} has no write {sorted(missing)}, which the page shows")
        lines = ["| an agent | which has | asked about by |", "|---|---|---|"]
        for it, words in EXAMPLES.items():
            effects = set(writes[it]["effects"])
            lines.append(f"| {words} | {effect_words(effects)} | {self.takers.of(effects, writes[it]['resource'])} |")
        return "\n".join(lines)

    @staticmethod
    def _judges():
        return "\n".join(["| | |", "|---|---|", *(f"| {words} | {meaning} |" for words, meaning in JUDGES.values())])

    def _built_in(self):
        """The kinds of Kubernetes under the headings of the table."""
        yield "## The kinds of Kubernetes\n"
        for title, names in sections(self.table):
            yield f"\n### {title[0].upper()}{title[1:]}\n"
            yield from (self._sub_table(self.table, each) for each in names if each.startswith("@"))
            if rows := "".join(self.rows(self.table, [each for each in names if not each.startswith("@")])):
                yield f"\n{KINDS}{rows}"
        virtual = ", ".join(self._title(row.table) for row in self.table.rows if row.operation == "!virtual")
        yield f"\nThese store nothing, and nobody asks about them: {virtual}.\n"

    def _sub_table(self, table, name):
        lines = [f"| {' | '.join(line)} |\n" for line in self.lines_of(table, name)]
        return f"\n#### {SUB_TABLES[name]}\n\n{FIELDS}{''.join(lines)}"

    def _others(self):
        yield "\n## The kinds of other projects\n\n"
        yield "As of the version that stands there. A field of these kinds that has no line, and none above it, does nothing.\n"
        yield from (self._sub_table(self.custom, each) for each in self.custom.by_table if each.startswith("@"))
        projects = {}
        for row in self.custom.rows:
            if not row.table.startswith("@"):
                projects.setdefault(row.project, {})[row.table] = None
        for project, names in projects.items():
            yield f"\n### {project}\n\n{KINDS}{''.join(self.rows(self.custom, names))}"


    @staticmethod
    def _own():
        names = ", ".join(f"`{name}`" for name in EFFECTS if name not in ("Own", "Speaks"))
        return OWN_KINDS.format(names=names)


def sections(table):
    """[(title, tables)] by the headings of effects.table, "# --- a pod ---"."""
    found, by_line = [], {row.line: row.table for row in table.rows}
    for number, line in enumerate(TABLE.read_text().splitlines(), 1):
        if heading := re.fullmatch(r"# --- (.*) ---", line):
            found.append((heading[1], {}))
        elif number in by_line:
            found[-1][1][by_line[number]] = None
    return [(title, list(names)) for title, names in found]


def main():
    text = Page().text()
    if sys.argv[1:] == ["--check"]:
        if not PAGE.exists() or PAGE.read_text() != text:
            raise SystemExit("docs/presets.md is not current: run hack/presets_docs.py and commit what it changes")
    elif sys.argv[1:]:
        raise SystemExit(__doc__)
    else:
        PAGE.write_text(text)


if __name__ == "__main__":
    main()
