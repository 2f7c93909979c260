"""`conformance oracles`: who agreed with golden, and who did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.causes import CAUSES
from conformance.exits import Exit
from conformance.oracle_table import oracle_table
from conformance.suite import load_manifest, load_suite

if TYPE_CHECKING:
    from argparse import Namespace


def main(arguments: Namespace) -> int:
    rows = [("ORACLE", "FAMILY", "ASKED", "AGREED", "DISSENTED")]
    causes: dict[str, int] = {}
    for row in oracle_table(load_suite()):
        dissents = ", ".join(f"{count} {cause}" for cause, count in row.dissents.most_common())
        rows.append((row.oracle, row.family, str(row.asked), str(row.agreed), dissents or "-"))
        for cause, count in row.dissents.items():
            causes[cause] = causes.get(cause, 0) + count
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    for oracle, family, asked, agreed, dissents in rows:
        print(f"{oracle:<{widths[0]}}  {family:<{widths[1]}}  {asked:>{widths[2]}}  {agreed:>{widths[3]}}  {dissents}")
    if causes:
        print("\nCauses")
        for cause in sorted(causes, key=lambda cause: (-causes[cause], cause)):
            print(f"  {causes[cause]:>5}  {cause}: {CAUSES[cause].title}")
    manifest = load_manifest()
    print("\nVersions: " + ", ".join(f"{oracle} {version}" for oracle, version in sorted(manifest.oracles.items())))
    return Exit.CONFORMS
