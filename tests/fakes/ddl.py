"""DDL statements (libpg_query's parse tree) applied one by one to a growing schema; see ``schema.py``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from indexadvisor.catalog.model import Column, ForeignKey, Index, IndexDef, IndexKey, Policy, Table, TableName, View
from tests.fakes.types import CATEGORIES, SERIALS, SPELLED, category_of

Node = dict[str, Any]
_SPELLINGS = {name for names in CATEGORIES.values() for name in names.split()}


class Schema:
    """Tables, indexes and the rest while statements are applied in order."""

    def __init__(self) -> None:
        self.tables: dict[TableName, Table] = {}
        self.indexes: list[Index] = []
        self.foreign_keys: list[ForeignKey] = []
        self.policies: list[Policy] = []
        self.views: list[View] = []
        self.extensions: list[str] = []
        self.search_path: tuple[str, ...] = ("public",)
        self._enums: set[str] = set()
        self._domains: dict[str, str] = {}

    def apply(self, statement: Node, text: str, raw: bytes) -> None:
        """Apply one statement; ``text`` is its own text, ``raw`` the whole script its locations count in."""
        ((kind, node),) = statement.items()
        handler = getattr(self, f"_{kind}", None)
        if handler is None:
            raise ValueError(f"the fake schema does not know {kind}: {text.strip()[:80]}")
        handler(node, text, raw)

    def _CreateSchemaStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802 - libpg_query's name
        pass

    def _CreateExtensionStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        self.extensions.append(node["extname"])

    def _CreateEnumStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        self._enums.add(node["typeName"][-1]["String"]["sval"])

    def _CreateDomainStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        self._domains[node["domainname"][-1]["String"]["sval"]] = self._base_type(node["typeName"])

    def _VariableSetStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        if node["name"] == "search_path":
            self.search_path = tuple(arg["A_Const"]["sval"]["sval"] for arg in node["args"])

    def _CreateStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        name = _name(node["relation"])
        parent = _name(node["inhRelations"][0]["RangeVar"]) if "partbound" in node else None
        columns = self.tables[parent].columns if parent else ()
        constraints: list[Node] = []
        for element in node.get("tableElts", ()):
            if "ColumnDef" in element:
                columns += (self._column(element["ColumnDef"], len(columns) + 1),)
                keys = [{"String": {"sval": element["ColumnDef"]["colname"]}}]
                constraints += [
                    each["Constraint"] | {"keys": keys, "fk_attrs": keys} for each in element["ColumnDef"].get("constraints", ())
                ]
            elif "Constraint" in element:
                constraints.append(element["Constraint"])
        partitioned = node.get("partspec")
        key = _balanced(text[re.search(r"PARTITION\s+BY", text, re.I).end() :]) if partitioned else None  # type: ignore[union-attr]
        self.tables[name] = Table(name, "p" if partitioned else "r", columns, partition_of=parent, partition_key=key)
        for constraint in constraints:
            self._constrain(name, constraint)

    def _CreateTableAsStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        name = _name(node["into"]["rel"])
        select = node["query"]["SelectStmt"]
        columns = tuple(
            Column(column, number, type_name, base, category_of(base))
            for number, (column, type_name, base) in enumerate(self._outputs(select), 1)
        )
        self.tables[name] = Table(name, "m", columns)

    def _ViewStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        names = [alias["String"]["sval"] for alias in node.get("aliases", ())]
        outputs = [name for name, _, _ in self._outputs(node["query"]["SelectStmt"])]
        definition = text[re.search(r"\bAS\b", text, re.I).end() :].strip()  # type: ignore[union-attr]
        self.views.append(View(_name(node["view"]), definition, tuple(names + outputs[len(names) :])))

    def _IndexStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        table = _name(node["relation"])
        keys = tuple(_index_key(each["IndexElem"], part) for each, part in zip(node["indexParams"], _key_texts(text), strict=True))
        where = re.search(r"\bWHERE\b", text, re.I) if "whereClause" in node else None
        definition = IndexDef(
            table,
            keys,
            node.get("accessMethod", "btree"),
            tuple(each["IndexElem"]["name"] for each in node.get("indexIncludingParams", ())),
            _unparenthesised(text[where.end() :]) if where else None,
            node.get("unique", False),
        )
        name = node.get("idxname") or "_".join([table.name, *(key.column or "expr" for key in keys), "idx"])
        self.indexes.append(Index(name, definition, " ".join(text.split())))

    def _CreatePolicyStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        def part(word: str, present: bool) -> str | None:
            return _balanced(text[re.search(rf"\b{word}\b", text, re.I).end() :]) if present else None  # type: ignore[union-attr]

        roles = tuple(role["RoleSpec"].get("rolename", "public") for role in node.get("roles", ()))
        self.policies.append(
            Policy(
                node["policy_name"],
                _name(node["table"]),
                node.get("cmd_name", "all").upper(),
                node.get("permissive", False),
                roles,
                part("USING", "qual" in node),
                part(r"CHECK", "with_check" in node),
            )
        )

    def _AlterTableStmt(self, node: Node, text: str, raw: bytes) -> None:  # noqa: N802
        name = _name(node["relation"])
        for command in (each["AlterTableCmd"] for each in node["cmds"]):
            subtype = command["subtype"]
            if subtype == "AT_AddConstraint":
                self._constrain(name, command["def"]["Constraint"])
            elif subtype == "AT_EnableRowSecurity":
                self.tables[name] = replace(self.tables[name], row_security=True)
            elif subtype == "AT_ForceRowSecurity":
                self.tables[name] = replace(self.tables[name], force_row_security=True)
            elif subtype == "AT_ReplicaIdentity":
                identity = command["def"]["ReplicaIdentityStmt"].get("name")
                self.indexes = [replace(index, replica_identity=True) if index.name == identity else index for index in self.indexes]

    def _column(self, node: Node, number: int) -> Column:
        spelled = node["typeName"]["names"][-1]["String"]["sval"]
        base = self._base_type(node["typeName"])
        kinds = {each["Constraint"]["contype"] for each in node.get("constraints", ())}
        plain = (
            spelled if spelled in self._domains or spelled in self._enums else SPELLED.get(base.removeprefix("_"), base.removeprefix("_"))
        )
        sizes = [str(each["A_Const"]["ival"].get("ival", 0)) for each in node["typeName"].get("typmods", ())]
        type_name = plain + (f"({','.join(sizes)})" if sizes else "") + ("[]" if base.startswith("_") else "")
        category = "E" if spelled in self._enums and not base.startswith("_") else category_of(base)
        return Column(
            node["colname"],
            number,
            type_name,
            base,
            category,
            not_null=bool(kinds & {"CONSTR_NOTNULL", "CONSTR_PRIMARY"}) or spelled in SERIALS,
            generated="CONSTR_GENERATED" in kinds,
        )

    def _base_type(self, type_node: Node) -> str:
        name = type_node["names"][-1]["String"]["sval"]
        base = self._domains.get(name, SERIALS.get(name, name))
        if base not in _SPELLINGS and base.removeprefix("_") not in _SPELLINGS and base not in self._enums:
            raise ValueError(f"the fake schema does not know the type {base}")
        return f"_{base}" if type_node.get("arrayBounds") else base

    def _constrain(self, table: TableName, node: Node) -> None:
        kind = node["contype"]
        columns = tuple(each["String"]["sval"] for each in node.get("keys", ()))
        if kind in {"CONSTR_PRIMARY", "CONSTR_UNIQUE"}:
            primary = kind == "CONSTR_PRIMARY"
            name = node.get("conname") or (f"{table.name}_pkey" if primary else "_".join([table.name, *columns, "key"]))
            definition = IndexDef(table, tuple(IndexKey(column) for column in columns), unique=True)
            ddl = f"CREATE UNIQUE INDEX {name} ON {table} USING btree ({', '.join(columns)})"
            self.indexes.append(Index(name, definition, ddl, constraint="p" if primary else "u"))
            if primary:
                old = self.tables[table]
                self.tables[table] = replace(old, columns=tuple(replace(c, not_null=c.not_null or c.name in columns) for c in old.columns))
        elif kind == "CONSTR_FOREIGN":
            own = tuple(each["String"]["sval"] for each in node["fk_attrs"])
            other = _name(node["pktable"])
            referenced = tuple(each["String"]["sval"] for each in node.get("pk_attrs", ())) or self._primary_key(other)
            self.foreign_keys.append(ForeignKey(node.get("conname") or "_".join([table.name, *own, "fkey"]), table, own, other, referenced))
        elif kind == "CONSTR_EXCLUSION":
            keys = tuple(IndexKey(each["List"]["items"][0]["IndexElem"]["name"]) for each in node["exclusions"])
            name = node.get("conname") or "_".join([table.name, *(key.column or "" for key in keys), "excl"])
            self.indexes.append(Index(name, IndexDef(table, keys, node["access_method"]), "", constraint="x"))

    def _primary_key(self, table: TableName) -> tuple[str, ...]:
        return next(index.definition.columns for index in self.indexes if index.definition.table == table and index.constraint == "p")

    def _outputs(self, select: Node) -> list[tuple[str, str, str]]:
        """Name, type name and base type of a SELECT's outputs; expressions count as text."""
        if "larg" in select:
            return self._outputs(select["larg"])
        sources = _relations(select.get("fromClause", []))
        found: list[tuple[str, str, str]] = []
        for target in (each["ResTarget"] for each in select.get("targetList", ())):
            fields = target["val"].get("ColumnRef", {}).get("fields", [])
            last = fields[-1].get("String", {}).get("sval") if fields else None
            visible = [
                column
                for alias, table in sources
                if len(fields) < 2 or fields[0]["String"]["sval"] == alias
                for column in (self.tables[table].columns if table in self.tables else ())
            ]
            if fields and last is None:
                found += [(column.name, column.type_name, column.base_type) for column in visible]
            else:
                column = next((each for each in visible if each.name == last), None)
                function = target["val"].get("FuncCall", {}).get("funcname", [{}])[-1].get("String", {}).get("sval")
                name = target.get("name") or last or function or "?column?"
                found.append((name, column.type_name, column.base_type) if column else (name, "text", "text"))
        return found


def _name(node: Node) -> TableName:
    return TableName(node.get("schemaname", "public"), node["relname"])


def _relations(items: list[Node]) -> list[tuple[str, TableName]]:
    found = []
    for item in items:
        if "RangeVar" in item:
            node = item["RangeVar"]
            found.append((node.get("alias", {}).get("aliasname", node["relname"]), _name(node)))
        elif "JoinExpr" in item:
            found += _relations([item["JoinExpr"]["larg"], item["JoinExpr"]["rarg"]])
    return found


def _index_key(node: Node, text: str) -> IndexKey:
    descending = node["ordering"] == "SORTBY_DESC"
    nulls = {"SORTBY_NULLS_FIRST": True, "SORTBY_NULLS_LAST": False}.get(node["nulls_ordering"])
    opclass = node["opclass"][-1]["String"]["sval"] if "opclass" in node else None
    if "name" in node:
        return IndexKey(node["name"], None, descending, nulls, opclass)
    call = re.match(r"\s*[\w.\"]*", text)
    head = call[0].strip() if call else ""
    inner = _balanced(text)
    return IndexKey(None, f"{head}({inner})" if head else _unparenthesised(inner), descending, nulls, opclass)


def _key_texts(text: str) -> list[str]:
    """The texts of an index's keys: split the first parenthesised list after ON at its own commas."""
    inner = _balanced(text[re.search(r"\bON\b", text, re.I).end() :])  # type: ignore[union-attr]
    parts, depth, quoted = [""], 0, False
    for character in inner:
        quoted ^= character == "'"
        depth += 0 if quoted else (character in "([") - (character in ")]")
        if character == "," and not depth and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _balanced(text: str) -> str:
    """What stands between the first parenthesis and its partner, quotes respected."""
    start = text.index("(")
    depth, quoted = 0, False
    for position in range(start, len(text)):
        character = text[position]
        quoted ^= character == "'"
        depth += 0 if quoted else (character == "(") - (character == ")")
        if not depth:
            return " ".join(text[start + 1 : position].split())
    raise ValueError(f"unbalanced: {text}")


def _unparenthesised(text: str) -> str:
    text = " ".join(text.split()).removesuffix(";").strip()
    return _balanced(text) if text.startswith("(") and _balanced(text) == text[1:-1] else text
