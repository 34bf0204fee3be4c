"""A realistic report for tests: an application's workload with every kind of recommendation, hostile text included.

``stages()`` returns the stage values as the pipeline would hand them on, ``sample()`` the Document made of them. Figures are
made up, but consistent: costs add up, sizes accumulate, plans use the indexes that are said to be used.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from indexadvisor.candidates.model import Candidate, CandidateSet
from indexadvisor.catalog.model import (
    Activity,
    Catalog,
    Column,
    ForeignKey,
    Index,
    IndexDef,
    IndexKey,
    ServerInfo,
    Table,
    TableName,
    View,
)
from indexadvisor.explain.plan import Plan, PlanNode
from indexadvisor.findings import Skipped
from indexadvisor.report.document import Document, document
from indexadvisor.selection.model import Choice, Drop, FrontierPoint, QueryEffect, QueryOutcome, Risk, Step, WriteTax
from indexadvisor.settings import Limits
from indexadvisor.usage.model import ColumnRef, ColumnUse, RelationUse, UsageGraph, UseKind
from indexadvisor.whatif.interface import Effort, SourceInfo
from indexadvisor.whatif.verify import Verification, VerifiedQuery
from indexadvisor.workload.model import CaptureQuality, QueryGroup, Sample, StatementKind, Workload

HOSTILE = (
    "<script>window.pwned=1</script> \"quoted\" 'single' ${pwned} {{ 7*7 }} `tick` | pipe --> */ "
    "\x1b[31mred \u202egnp.exe \x00 \\! \r\n\\echo pwned"
)
"""Text that tries to leave HTML, Markdown, JSON, a SQL comment and a terminal."""

AT = datetime(2025, 3, 14, 9, 26, 53, tzinfo=UTC)
MB = 1024 * 1024


def _name(table: str) -> TableName:
    return TableName("public", table)


def _index(table: str, *keys: str | IndexKey, **rest: object) -> IndexDef:
    return IndexDef(_name(table), tuple(k if isinstance(k, IndexKey) else IndexKey(k) for k in keys), **rest)  # type: ignore[arg-type]


INDEXES = {
    "memories": _index("memories", "user_id", IndexKey("created_at", descending=True), predicate="deleted_at IS NULL"),
    "chat": _index("chat_messages", "user_id", "agent_type", IndexKey("created_at", descending=True)),
    "members": _index("group_members", "user_id", include=("group_id", "role")),
    "email": _index("users", IndexKey(expression="lower(email)")),
    "conversations": _index("conversations", "user_id", "agent_id", IndexKey("last_message_at", descending=True)),
    "events": _index("events", "group_id", "starts_at"),
    "audit": _index("audit_log", "actor_id", "logged_at"),
    "kind": _index("conversations", IndexKey(expression="metadata ->> 'kind'"), predicate="status = 'open'"),
    "brin": _index("audit_log", "logged_at", method="brin"),
    "hostile": _index('Odd "Ta|ble" <b>', 'c`ol\u202e"x'),
}

_QUERIES = (
    # id, table, text, normalized, kind, calls, mean, before, after, used
    ("3f9ac1", "memories",
     "SELECT id, title FROM memories WHERE user_id = 4711 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT 20",
     "SELECT id, title FROM memories WHERE user_id = $1 AND deleted_at IS NULL ORDER BY created_at DESC LIMIT $2",
     StatementKind.SELECT, 18_400, 41.2, 9_214.55, 12.31, ("memories",)),
    ("a01b77", "chat_messages",
     "SELECT role, content FROM chat_messages WHERE user_id = 17 AND agent_type = 'coach' ORDER BY created_at DESC LIMIT 50",
     "SELECT role, content FROM chat_messages WHERE user_id = $1 AND agent_type = $2 ORDER BY created_at DESC LIMIT $3",
     StatementKind.SELECT, 9_120, 63.0, 14_120.4, 88.2, ("chat",)),
    ("5d2e90", "group_members",
     "SELECT g.id, g.name, gm.role FROM group_members gm JOIN groups g ON g.id = gm.group_id WHERE gm.user_id = 99",
     "SELECT g.id, g.name, gm.role FROM group_members gm JOIN groups g ON g.id = gm.group_id WHERE gm.user_id = $1",
     StatementKind.SELECT, 22_050, 8.4, 2_310.8, 61.4, ("members",)),
    ("c7714e", "users", "SELECT * FROM users WHERE lower(email) = 'ann@example.org'", "SELECT * FROM users WHERE lower(email) = $1",
     StatementKind.SELECT, 7_730, 12.9, 2_742.0, 8.31, ("email",)),
    ("e8100d", "conversations",
     "SELECT id FROM conversations WHERE user_id = 3 AND agent_id = 8 ORDER BY last_message_at DESC LIMIT 10",
     "SELECT id FROM conversations WHERE user_id = $1 AND agent_id = $2 ORDER BY last_message_at DESC LIMIT $3",
     StatementKind.SELECT, 5_210, 30.1, 6_104.2, 14.9, ("conversations",)),
    ("19c3aa", "events",
     "SELECT id, title FROM events WHERE group_id = 5 AND starts_at BETWEEN '2025-03-01' AND '2025-04-01'",
     "SELECT id, title FROM events WHERE group_id = $1 AND starts_at BETWEEN $2 AND $3",
     StatementKind.SELECT, 3_004, 11.0, 1_904.0, 21.7, ("events",)),
    ("77d0f2", "audit_log",
     "SELECT count(*) FROM audit_log WHERE actor_id = $1 AND logged_at > now() - interval '7 days'",
     "SELECT count(*) FROM audit_log WHERE actor_id = $1 AND logged_at > now() - interval $2",
     StatementKind.SELECT, 120, 2_210.0, 88_410.0, 402.0, ("audit",)),
    ("0be516", "conversations",
     "SELECT count(*) FROM conversations WHERE status = 'open' AND metadata->>'kind' = 'support'",
     "SELECT count(*) FROM conversations WHERE status = $1 AND metadata->>$2 = $3",
     StatementKind.SELECT, 640, 18.7, 5_870.1, 190.0, ("kind",)),
    ("4c4c4c", "audit_log", "SELECT max(logged_at) FROM audit_log WHERE logged_at < '2024-01-01'",
     "SELECT max(logged_at) FROM audit_log WHERE logged_at < $1", StatementKind.SELECT, 12, 1_904.0, 61_250.0, 14_800.0, ("brin",)),
    ("666bad", 'Odd "Ta|ble" <b>', f"SELECT '{HOSTILE.replace(chr(39), chr(39) * 2)}' FROM t WHERE x = 'a'",
     f"SELECT $1 /* {HOSTILE} */ FROM t WHERE x = $2", StatementKind.SELECT, 45, 3.3, 210.0, 18.0, ("hostile",)),
    ("b00b1e", "users", "UPDATE users SET last_login = now() WHERE id = 12", "UPDATE users SET last_login = now() WHERE id = $1",
     StatementKind.UPDATE, 31_900, 0.4, 8.3, 8.3, ()),
    ("d15c0c", "memories", "SELECT id FROM memories WHERE tags @> ARRAY['family']", "SELECT id FROM memories WHERE tags @> ARRAY[$1]",
     StatementKind.SELECT, 2_400, 77.5, 9_880.0, 9_880.0, ()),
)  # fmt: skip

_UNCOSTED = (
    QueryGroup("8e1f00", "SELECT * FROM vanished WHERE x = 'gone'", "SELECT * FROM vanished WHERE x = $1", StatementKind.SELECT, 310,
               (Sample("SELECT * FROM vanished WHERE x = 'gone'", ()),), total_ms=120.0, mean_ms=0.39, source="app.log:88"),
    QueryGroup("f00d42", "SELECT * FROM reports WHERE state = $1", "SELECT * FROM reports WHERE state = $1", StatementKind.SELECT, 9,
               (Sample("SELECT * FROM reports WHERE state = $1"),), timeouts=2, source="pg_stat_statements"),
)  # fmt: skip


def _scan(node_type: str, table: str, cost: float, rows: float, **rest: object) -> PlanNode:
    return PlanNode(node_type, 0.0, cost, rows, 48, relation=table, alias=table, **rest)  # type: ignore[arg-type]


def _plans(table: str, before: float, after: float, used: tuple[str, ...], condition: str, limited: bool) -> tuple[Plan, Plan]:
    scan = _scan("Seq Scan", table, before * 0.98, 20, details={"Filter": f"({condition})"})
    root = PlanNode("Sort", before * 0.99, before, 20, 48, children=(scan,), details={"Sort Key": ["created_at DESC"]})
    old = PlanNode("Limit", before * 0.99, before, 20, 48, children=(root,)) if limited else scan
    if not used:
        return Plan(old), Plan(old)
    index = INDEXES[used[0]]
    shown = f"<13501>{index.method}_{index.table.name}_{'_'.join(index.columns)}"[:63]
    if index.method == "brin":
        bitmap = PlanNode("Bitmap Index Scan", 0.0, after * 0.4, 900, 0, index=shown, details={"Index Cond": f"({condition})"})
        new = _scan("Bitmap Heap Scan", table, after, 20, children=(bitmap,), details={"Recheck Cond": f"({condition})"})
    else:
        new = _scan("Index Scan", table, after, 20, index=shown, details={"Index Cond": f"({condition})"})
    return Plan(old), Plan(PlanNode("Limit", 0.42, after, 20, 48, children=(new,)) if limited else new)


def _outcomes() -> tuple[QueryOutcome, ...]:
    out = []
    for query_id, table, text, _, _, calls, _, before, after, used in _QUERIES:
        condition = "user_id = 4711" if query_id != "0be516" else "(metadata ->> 'kind'::text) = 'support'::text"
        old, new = _plans(table, before, after, used, condition, "LIMIT" in text)
        bound = after * 0.9 if query_id != "d15c0c" else 310.0
        out.append(
            QueryOutcome(
                query_id, calls, before, after, bound, frozenset(INDEXES[u] for u in used), old, new, generic=query_id == "77d0f2",
                index_names=dict(zip(sorted(new.indexes()), (INDEXES[u] for u in used), strict=True)), plans_differ=query_id == "a01b77",
            )
        )
    return tuple(out)


def _workload() -> Workload:
    groups = [
        QueryGroup(query_id, text, normalized, kind, calls, (Sample(text, ("4711",) if "$1" in text else ()),), total_ms=mean * calls,
                   mean_ms=mean, p95_ms=mean * 2.1, max_ms=mean * 9, rows=calls * 12, source=f"postgresql.csv:{100 + number}")
        for number, (query_id, _, text, normalized, kind, calls, mean, *_) in enumerate(_QUERIES)
    ]  # fmt: skip
    quality = CaptureQuality(
        sources=("/var/log/postgresql/postgresql.csv", "app <b>&.log"), entries=148_220, events=99_120, bytes_read=91_000_000,
        ignored=(("transaction control", 31_200), ("other database", 12_000), ("own statement", 5_880)), unreadable=2,
        first_at=AT.replace(hour=6), last_at=AT,
    )  # fmt: skip
    skipped = (
        Skipped("capture", "app.log:120", "the entry ends in the middle of a quoted field"),
        Skipped("capture", "app.log:77", HOSTILE),
        Skipped("workload", "app.log:500", 'syntax error at or near "selec"'),
    )
    return Workload((*groups, *_UNCOSTED), quality, skipped)


_KINDS = {"memories": "partial", "members": "covering", "email": "expression", "kind": "expression", "brin": "brin"}
_REASONS = {
    "memories": ("equality on user_id, then order by created_at DESC", "deleted_at IS NULL in every call keeps deleted rows out of it"),
    "chat": ("equality on user_id and agent_type, then order by created_at DESC",),
    "members": ("foreign key lookups on user_id", "INCLUDE (group_id, role) lets the scan stay in the index"),
    "email": ("the expression lower(email) is compared with one value",),
    "conversations": ("equality on user_id and agent_id, then order by last_message_at DESC",),
    "events": ("equality on group_id, then a range on starts_at",),
    "audit": ("equality on actor_id, then a range on logged_at",),
    "kind": ("the expression metadata ->> 'kind' is compared with one value",),
    "brin": ("logged_at follows the physical order of the table (correlation 0.99)",),
    "hostile": (HOSTILE,),
}


def _step(key: str, size: int | None, cost_after: float, total: int) -> Step:
    query = next(q for q in _QUERIES if key in q[9])
    query_id, _, _, _, _, calls, _, before, after, _ = query
    effects = (QueryEffect(query_id, calls, after, before),)
    tax = WriteTax(size / MB * 310.0 if size else None, 52_000.0 if size else None, 7_400.0, cost_per_entry=0.31 if size else None)
    if key == "conversations":
        tax = WriteTax(88_000.0, 120_000.0, 17_100.0, ("last_message_at",), 0.73, from_counters=True)
    assumptions = ("status is 'open' in every captured call",) if key == "kind" else ()
    candidate = Candidate(INDEXES[key], _KINDS.get(key, "btree"), _REASONS[key], (query_id,), assumptions)
    benefit = (before - after) * calls
    swayed = (QueryEffect("b00b1e", 31_900, 8.3, 8.4),) if key == "email" else ()
    risks = _RISKS.get(key, ())
    return Step(candidate, size, benefit, tax, effects, cost_after, total, None, risks, benefit * 0.75 if risks else benefit, swayed)


_RISKS = {
    "chat": (
        Risk("correlated-columns", "user_id and agent_type are taken as independent, about 40 rows; up to 2,300 if one follows from the "
             "other, which CREATE STATISTICS on them would tell", ("a01b77",)),
    ),
    "kind": (
        Risk("expression-statistics", "how many rows match metadata ->> 'kind' is an assumption until the index exists and conversations "
             "has been analyzed", ("0be516",)),
    ),
    "audit": (
        Risk("generic-plan", "parameter values were not captured: costed with a generic plan, which knows average values only",
             ("77d0f2",)),
    ),
    "hostile": (Risk("default-selectivity", f"there are no statistics on {HOSTILE}", ("666bad",)),),
}  # fmt: skip


def _drops() -> tuple[Drop, ...]:
    """Return what may go: an unused index, one that a proposal replaces, and one whose name and condition are hostile."""
    unused, narrow, odd = _catalog().indexes[1:]
    look = "the counters are this server's alone: look at idx_scan on each replica"
    wide = INDEXES["memories"]
    return (
        Drop(unused, ("unused",), ("not scanned since the counters were reset on 2025-01-14, 59 days before",), unused.size_bytes,
             WriteTax(61_000.0, 52_000.0, 7_400.0, cost_per_entry=1.2), "medium", (look, "a job that runs less often may need it"),
             "DROP INDEX CONCURRENTLY public.chat_messages_content_idx",
             ("CREATE INDEX CONCURRENTLY chat_messages_content_idx ON public.chat_messages USING btree (content)",)),
        Drop(narrow, ("proposal",), (f"the proposed {wide} does its work",), narrow.size_bytes, WriteTax(None, None), "medium",
             ("only after the proposed index is built and valid",), "DROP INDEX CONCURRENTLY public.memories_user_id_idx",
             ("CREATE INDEX CONCURRENTLY memories_user_id_idx ON public.memories USING btree (user_id) WHERE (lang <> 'xx'::text)",),
             wide, after=True, loss=9_200.0, effects=(QueryEffect("3f9ac1", 18_400, 12.31, 12.81),)),
        Drop(odd, ("invalid",), (f"invalid, left behind by {HOSTILE}",), None, WriteTax(None, None), "high", (HOSTILE,),
             'DROP INDEX CONCURRENTLY public."Odd \u202e; --\n DROP TABLE t"',
             ('CREATE INDEX CONCURRENTLY "Odd \u202e; --\n DROP TABLE t" ON public.t USING btree (x)',)),
    )  # fmt: skip


def _choice() -> Choice:
    outcomes = _outcomes()
    before = sum(o.cost_before * o.calls for o in outcomes)
    after = sum(o.cost_after * o.calls for o in outcomes)
    bound = sum(o.cost_bound * o.calls for o in outcomes)
    sizes = {"memories": 31 * MB, "chat": 118 * MB, "members": 24 * MB, "email": 9 * MB, "conversations": 15 * MB, "events": 6 * MB,
             "audit": 204 * MB, "kind": 2 * MB, "brin": 48 * 1024, "hostile": None}  # fmt: skip
    steps, cost, total = [], before, 0
    for key, size in sizes.items():
        _, _, _, _, _, calls, _, old, new, _ = next(q for q in _QUERIES if key in q[9])
        cost, total = cost - (old - new) * calls, total + (size or 0)
        steps.append(_step(key, size, cost, total))
    frontier = tuple(
        FrontierPoint(int(total * share), before - (before - after) * saved, count)
        for share, saved, count in ((0, 0, 0), (0.05, 0.38, 2), (0.15, 0.71, 4), (0.4, 0.9, 6), (0.7, 0.98, 8), (1.0, 1.0, 10))
    )
    gin = Candidate(_index("memories", "tags", method="gin"), "gin", ("array containment on tags",), ("d15c0c",))
    trigram = Candidate(
        _index("memories", IndexKey("content", operator_class="gin_trgm_ops"), method="gin", predicate="lang = 'en'"),
        "gin", ("infix LIKE on content",), ("d15c0c", "8e1f00"),
    )  # fmt: skip
    skipped = (
        Skipped("whatif", "query 8e1f00", 'relation "vanished" does not exist'),
        Skipped("whatif", "query f00d42", "canceling statement due to statement timeout"),
        Skipped("selection", "memories btree (user_id)", "no plan of the chosen set uses it"),
        Skipped("selection", "index public.users_email_key", "not scanned since 2025-01-14, but it is unique: queries do not show who "
                "relies on that"),
    )  # fmt: skip
    refused = ((gin, "HypoPG has no GIN indexes"), (trigram, "HypoPG has no GIN indexes"))
    return Choice(tuple(steps), outcomes, before, after, bound, frontier, 2, 0.004, refused, skipped, drops=_drops())


def _use(kind: UseKind, column: str, **rest: object) -> ColumnUse:
    return ColumnUse(kind, (column,), **rest)  # type: ignore[arg-type]


def _usage() -> UsageGraph:
    k = UseKind
    parts = {
        "3f9ac1": ("memories", (_use(k.EQUALITY, "user_id"), _use(k.NULL_TEST, "deleted_at"), _use(k.ORDER, "created_at", descending=True),
                                _use(k.OUTPUT, "title"))),
        "a01b77": ("chat_messages", (_use(k.EQUALITY, "user_id"), _use(k.EQUALITY, "agent_type"), _use(k.ORDER, "created_at"),
                                     _use(k.OUTPUT, "content"), _use(k.OUTPUT, "role"))),
        "c7714e": ("users", (_use(k.EQUALITY, "email", expression="lower(email)"),)),
        "e8100d": ("conversations", (_use(k.EQUALITY, "user_id"), _use(k.EQUALITY, "agent_id"), _use(k.ORDER, "last_message_at"))),
        "19c3aa": ("events", (_use(k.EQUALITY, "group_id"), _use(k.RANGE, "starts_at"), _use(k.OUTPUT, "title"))),
        "77d0f2": ("audit_log", (_use(k.EQUALITY, "actor_id"), _use(k.RANGE, "logged_at"))),
        "0be516": ("conversations", (_use(k.EQUALITY, "status"), _use(k.JSONB_PATH, "metadata", expression="metadata ->> 'kind'"))),
        "4c4c4c": ("audit_log", (_use(k.RANGE, "logged_at"), _use(k.MIN_MAX, "logged_at"))),
        "666bad": ('Odd "Ta|ble" <b>', (_use(k.EQUALITY, 'c`ol\u202e"x'),)),
        "b00b1e": ("users", (_use(k.EQUALITY, "id"), _use(k.WRITTEN, "last_login"))),
        "d15c0c": ("memories", (_use(k.ARRAY, "tags"),)),
    }  # fmt: skip
    relations = [RelationUse(query_id, _name(table), table, uses) for query_id, (table, uses) in parts.items()]
    groups = ColumnRef("g", _name("groups"), "id")
    relations += [
        RelationUse("5d2e90", _name("group_members"), "gm",
                    (_use(k.EQUALITY, "user_id"), _use(k.JOIN, "group_id", partner=groups), _use(k.OUTPUT, "role"))),
        RelationUse("5d2e90", _name("groups"), "g",
                    (_use(k.JOIN, "id", partner=ColumnRef("gm", _name("group_members"), "group_id")), _use(k.OUTPUT, "name"))),
        RelationUse("19c3aa", _name("groups"), "g", (_use(k.JOIN, "id", partner=ColumnRef("e", _name("events"), "group_id")),)),
        RelationUse("a01b77", _name("users"), "u", (_use(k.JOIN, "id", partner=ColumnRef("c", _name("chat_messages"), "user_id")),)),
    ]  # fmt: skip
    calls = {query[0]: query[5] for query in _QUERIES}
    return UsageGraph(tuple(relations), calls, (Skipped("usage", "query f00d42", 'column "state" is ambiguous'),))


def _catalog() -> Catalog:
    columns = {
        "memories": "id user_id title content tags created_at deleted_at lang",
        "chat_messages": "id user_id agent_type role content created_at",
        "users": "id email last_login", "groups": "id name",
        "group_members": "id group_id user_id role", "events": "id group_id title starts_at",
        "conversations": "id user_id agent_id status metadata last_message_at", 'Odd "Ta|ble" <b>': 'c`ol\u202e"x',
    }  # fmt: skip
    activity = Activity(52_000, 9_000, 800, 4_100, 120, 90_000, 480_000, 0, AT, AT.replace(month=1))
    tables = [_table(name, names.split(" "), activity) for name, names in columns.items()]
    audit = ["id", "actor_id", "logged_at"]
    tables.append(_table("audit_log", audit, activity, kind="p", partition_key="RANGE (logged_at)"))
    tables += [_table(f"audit_log_{year}", audit, activity, partition_of=_name("audit_log")) for year in (2024, 2025)]
    key = Index(
        "memories_pkey",
        _index("memories", "id", unique=True),
        "CREATE UNIQUE INDEX memories_pkey ON memories (id)",
        11 * MB,
        constraint="p",
    )
    unused = Index("chat_messages_content_idx", _index("chat_messages", "content"),
                   "CREATE INDEX chat_messages_content_idx ON public.chat_messages USING btree (content)", 212 * MB, scans=0)  # fmt: skip
    narrow = Index("memories_user_id_idx", _index("memories", "user_id", predicate="lang <> 'xx'::text"),
                   "CREATE INDEX memories_user_id_idx ON public.memories USING btree (user_id) WHERE (lang <> 'xx'::text)", 12 * MB,
                   scans=48_211, last_scan=AT)  # fmt: skip
    odd = Index("Odd \u202e; --\n DROP TABLE t", _index('Odd "Ta|ble" <b>', 'c`ol\u202e"x'), "", None, valid=False)
    return Catalog(
        ServerInfo(150_020, "15.20", "lifeceo"), tuple(tables), (key, unused, narrow, odd),
        (ForeignKey("gm_group", _name("group_members"), ("group_id",), _name("groups"), ("id",)),),
        views=(View(_name("live_memories"), "SELECT id FROM memories WHERE deleted_at IS NULL", ("id",)),), read_at=AT,
    )  # fmt: skip


def _table(name: str, columns: list[str], activity: Activity, *, kind: str = "r", **rest: object) -> Table:
    made = tuple(Column(column, number, "text", "text", "S") for number, column in enumerate(columns, start=1))
    return Table(_name(name), kind, made, rows=480_000.0, pages=9_000, size_bytes=73_728_000, activity=activity, **rest)  # type: ignore[arg-type]


def stages() -> tuple[Workload, UsageGraph, CandidateSet, Choice, Catalog, SourceInfo, Effort]:
    """Return the values of all stages, in the order that document() takes them."""
    pruned = tuple(Skipped("candidates", f"memories btree (title, c{n})", "no query compares title") for n in range(14))
    candidates = CandidateSet(
        tuple(step.candidate for step in _choice().steps),
        (*pruned, Skipped("candidates", "users btree (id)", "users_pkey already serves it")),
    )
    info = SourceInfo("hypopg", "15.20", "HypoPG 1.3.1 on the analysed server: nothing is built, sizes are HypoPG's estimates")
    return _workload(), _usage(), candidates, _choice(), _catalog(), info, Effort(312, 4_870)


def _verification() -> Verification:
    checked = (
        VerifiedQuery("3f9ac1", 18_400, 9_214.55, 12.31, 9_214.55, 12.31, confirmed=True),
        VerifiedQuery("a01b77", 9_120, 14_120.4, 13_900.0, 14_120.4, 88.2, confirmed=False),
    )
    unverified = (
        Skipped("verify", "memories gin (tags)", "HypoPG has no GIN indexes"),
        Skipped("verify", "query 666bad", f"the server refused it: {HOSTILE}"),
    )
    sums = (298_325_768.0, 126_994_504.0, 298_325_768.0, 1_030_888.0)
    return Verification("15.20", "1.4.1", 9, 10, checked, *sums, unverified)


def sample(*, redact: bool = False) -> Document:
    """Return the sample report."""
    limits = Limits(budget_bytes=500 * MB)
    made = document(*stages(), seconds=7.42, limits=limits, redact=redact, generated_at=AT)
    return replace(made, verification=_verification())
