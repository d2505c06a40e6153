#!/usr/bin/python3
"""Recomputes what `looptape stages --status all --json` says, from the text that stock `capnp decode` prints.

    tests/tools/recompute_stages.py SCHEMA TAPE STAGES_JSON [--break]

Shares no code with Looptape's reader: a parser of that text, parents by scanning all stages, the critical path by its
definition, drag by going through each request again without the stage.  Exits 0 when all figures agree, 1 with each
difference.  --break changes one figure read from the tape: the comparison must then fail.
"""

import json
import re
import subprocess
import sys

TOKEN = re.compile(r'\s*(?:(?P<punct>[()\[\]=,])|(?P<string>"(?:[^"\\]|\\.)*")|(?P<word>[^\s()\[\]=,"]+))')
KINDS = ("other request guardrail contextualize embed retrieve fuse rerank assemble generate evaluate tool cache "
         "wait").split()
STATUSES = "ok error cancelled timeout blocked exception".split()


def parse_value(text, at):
    token = TOKEN.match(text, at)
    if token["string"] is not None:
        return token["string"], token.end()
    if token["word"] is not None:
        word = token["word"]
        return (int(word) if re.fullmatch(r"-?\d+", word) else word), token.end()
    if token["punct"] == "[":
        items, at = [], token.end()
        while True:
            token = TOKEN.match(text, at)
            if token["punct"] == "]":
                return items, token.end()
            if token["punct"] == ",":
                at = token.end()
                continue
            item, at = parse_value(text, at)
            items.append(item)
    fields, at = {}, token.end()  # "("
    while True:
        token = TOKEN.match(text, at)
        if token["punct"] == ")":
            return fields, token.end()
        if token["punct"] == ",":
            at = token.end()
            continue
        name = token["word"]
        equals = TOKEN.match(text, token.end())
        fields[name], at = parse_value(text, equals.end())


def messages(text):
    at = 0
    while text[at:].strip():
        message, at = parse_value(text, at)
        yield message


def unquoted(text):
    return re.sub(r'\\(x[0-9a-f]{2}|.)', lambda m: {"n": "\n", "t": "\t"}.get(m[1], m[1]), text[1:-1])


def column(columns, name, count, default=0):
    values = columns.get(name, [])
    return values if values else [default] * count


def wide(columns, name, count):
    low, high = column(columns, name + "Low", count), column(columns, name + "High", count)
    return [a + (b << 32) for a, b in zip(low, high)]


def read(schema, tape):
    with open(tape, "rb") as file:
        text = subprocess.run(["capnp", "decode", schema, "Message"], stdin=file, capture_output=True, check=True,
                              text=True).stdout
    names, stages, process, complete, snapshot = [], [], None, 0, 0
    for message in messages(text):
        opening = message.get("opening")
        if opening and opening.get("spare") != "true":
            names += [(unquoted(n.get("text", '""')), n.get("kind", "other")) for n in opening.get("names", [])]
            process = process or opening["process"]
        if "closing" in message:
            complete = message["closing"].get("completeSince", 0)
        block = message.get("block")
        if not block:
            continue
        columns = block.get("stages", {})
        count = columns.get("count", 0)
        base = columns.get("base", 0)
        contexts = block.get("contexts", [])
        rows = zip(wide(columns, "start", count), wide(columns, "duration", count), column(columns, "site", count),
                   column(columns, "context", count), column(columns, "depth", count),
                   column(columns, "status", count, "ok"), column(columns, "flags", count),
                   column(columns, "stream", count, block.get("stream", 0)))
        for start, duration, site, context, depth, status, flags, stream in rows:
            context = contexts[context] if contexts else {}
            stages.append({"start": base + start, "end": base + start + duration, "site": site, "depth": depth,
                           "status": status, "root": flags & 1, "stream": stream,
                           "request": context.get("request", 0), "parent_start": context.get("parentStart", 0),
                           "parent_stream": context.get("parentStream", 0)})
    return names, stages, process, complete


def find_parents(stages):
    by_identity = {(s["stream"], s["start"]): s for s in stages}
    for stage in stages:
        stage["parent"] = None
        if stage["root"]:
            continue
        enclosing = [s for s in stages if s["stream"] == stage["stream"] and s["depth"] < stage["depth"] and
                     s["request"] == stage["request"] and s["start"] < stage["start"] <= s["end"]]
        if enclosing:
            stage["parent"] = max(enclosing, key=lambda s: (s["depth"], s["start"]))
        elif stage["parent_start"]:
            above = by_identity.get((stage["parent_stream"], stage["parent_start"]))
            if above and above["request"] == stage["request"]:
                stage["parent"] = above


def attribute(stage, low, high, children, critical):
    """The critical path's definition, window by window."""
    below = [(max(low, c["start"]), min(high, c["end"]), c) for c in children.get(id(stage), [])]
    below = [c for c in below if c[1] > c[0]]
    taken, now = [], high
    while True:
        ended = [c for c in below if c[1] <= now]
        if not ended:
            break
        last = max(ended, key=lambda c: (c[1], c[2]["start"]))
        taken.append((last[0], last[1], last[2]))
        now = last[0]
    edges = sorted({low, high, *(e for c in below for e in c[:2])})
    parts = []
    for first, second in zip(edges, edges[1:]):
        owner = next((c for a, b, c in taken if a <= first and second <= b), None)
        if owner is None:
            running = [c for a, b, c in below if a <= first and second <= b]
            owner = max(running, key=lambda c: c["start"]) if running else stage
        if parts and parts[-1][2] is owner and parts[-1][1] == first:
            parts[-1] = (parts[-1][0], second, owner)
        else:
            parts.append((first, second, owner))
    for first, second, owner in parts:
        if owner is stage:
            critical[id(stage)] = critical.get(id(stage), 0) + second - first
        else:
            attribute(owner, first, second, children, critical)


def clip(stage, low, high, children, spans):
    span = max(low, stage["start"]), min(high, stage["end"])
    if span[1] > span[0]:
        spans[id(stage)] = span
        for child in children.get(id(stage), []):
            clip(child, *span, children, spans)


def end_without(gone, stage, at, children, spans):
    """When `stage` ends if it begins at `at`, each stage waits for what it had waited for, and `gone` takes no time."""
    if stage is gone:
        return at
    start, end = spans[id(stage)]
    below = sorted((c for c in children.get(id(stage), []) if id(c) in spans), key=lambda c: spans[id(c)])
    ends = {}
    for child in below:
        begins = spans[id(child)][0]
        waited = [b for b in below if spans[id(b)][1] <= begins]
        lag = begins - max([start, *(spans[id(b)][1] for b in waited)])
        ready = max([at, *(ends[id(b)] for b in waited)])
        ends[id(child)] = end_without(gone, child, ready + lag, children, spans)
    tail = end - max([start, *(spans[id(c)][1] for c in below)])
    return max([at, *ends.values()]) + tail


def nearest_rank(values, per_mille):
    if len(values) * (1000 - per_mille) < 20000:
        return None
    return sorted(values)[(len(values) * per_mille + 999) // 1000 - 1]


def figures(names, stages, process, complete):
    by_request, critical, drag = {}, {}, {}
    for stage in stages:
        by_request.setdefault(stage["request"], []).append(stage)
    for request, members in by_request.items():
        if request == 0:
            continue
        find_parents(members)
        root = next((s for s in members if s["root"]), None)
        if root is None or root["start"] < complete or root["end"] > process["snapshotTick"]:
            continue
        children = {}
        for stage in members:
            if stage is not root:
                children.setdefault(id(stage["parent"] or root), []).append(stage)
        attribute(root, root["start"], root["end"], children, critical)
        spans = {}
        clip(root, root["start"], root["end"], children, spans)
        for stage in members:  # none lies inside another of its name, of which only the outer one would count
            if id(stage) in spans:
                drag[id(stage)] = root["end"] - end_without(stage, root, root["start"], children, spans)
    rows = {}
    for stage in stages:
        key = (unquoted(process["service"]), *names[stage["site"]])
        row = rows.setdefault(key, {"durations": [], "critical_ns": 0, "drag_ns": 0, "statuses": {}})
        row["durations"].append(stage["end"] - stage["start"])
        row["statuses"][stage["status"]] = row["statuses"].get(stage["status"], 0) + 1
        row["critical_ns"] += critical.get(id(stage), 0)
        row["drag_ns"] += drag.get(id(stage), 0)
    return {name: {"count": len(row["durations"]), "p50_ns": nearest_rank(row["durations"], 500),
                   "p95_ns": nearest_rank(row["durations"], 950), "p99_ns": nearest_rank(row["durations"], 990),
                   "max_ns": max(row["durations"]), "critical_ns": row["critical_ns"], "drag_ns": row["drag_ns"],
                   "statuses": row["statuses"]}
            for name, row in rows.items()}


def main():
    schema, tape, said_path = sys.argv[1:4]
    names, stages, process, complete = read(schema, tape)
    assert process["clock"] == "monotonic", "ticks are nanoseconds"
    if "--break" in sys.argv:
        stages[len(stages) // 2]["end"] += 1_000_000
    expected = figures(names, stages, process, complete)
    with open(said_path, encoding="utf-8") as file:
        said = {(row["service"], row["stage"], row["kind"]): row for row in json.load(file)["rows"]}
    differences = [f"only in one of both: {name}" for name in expected.keys() ^ said.keys()]
    for name in expected.keys() & said.keys():
        for key, value in expected[name].items():
            if said[name][key] != value:
                differences.append(f"{name} {key}: computed {value}, looptape says {said[name][key]}")
    for line in differences:
        print(line)
    print(f"{len(expected)} stages over {len(stages)} rows, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
