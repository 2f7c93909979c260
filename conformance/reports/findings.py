"""What fuzzing, replaying and shrinking say on the terminal: a line a finding, with the question and the difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.reports.escape import visible

if TYPE_CHECKING:
    from conformance.crashes import Replayed
    from conformance.differing import Difference
    from conformance.fuzz import Account, Finding

LONGEST = 600
"""Characters of a question that are shown: the whole is in its file."""

SHOWN = 5
"""In how many ways the reference broke is shown."""


def finding_line(finding: Finding) -> str:
    """One finding."""
    unsteady = "" if finding.steady else "  (it did not come back when asked again, alone)"
    return difference_line(finding.difference) + unsteady


def difference_line(difference: Difference) -> str:
    """The cause, the operation, the question and the first difference."""
    summary = difference.diagnosis.summary
    path = difference.diagnosis.path
    where = f"{path}: " if path and not summary.startswith(path) else ""
    return _shown(f"{difference.diagnosis.cause}  {difference.operation}  {_question(difference)}  {where}{summary}")


def replayed_line(replayed: Replayed) -> str:
    """What became of one crash."""
    line = f"{replayed.word}: {replayed.crash.id}"
    if replayed.word == "changed" and replayed.difference is not None:
        line += f" was {replayed.crash.cause}, is now  {difference_line(replayed.difference)}"
    elif replayed.difference is not None:
        line = f"{line}  {difference_line(replayed.difference)}"
    return _shown(f"{line} ({replayed.reason})" if replayed.reason else line)


def account_lines(account: Account) -> list[str]:
    """How many questions were asked, and what came of them."""
    asked, seconds = account.asked, account.seconds
    speed = f" in {seconds:.1f} s ({asked / seconds:,.0f} a second)" if seconds > 0 and asked else ""
    lines = [f"{asked:,} questions{speed}: {account.agreed:,} agree ({account.refused:,} of them refused by both), "
             f"{account.differing:,} differ, in {len(account.findings)} ways"]  # fmt: skip
    if account.unanswered:
        lines.append(f"{account.unanswered:,} were not compared: the reference does not answer them")
    broken = sorted(account.broken.items(), key=lambda item: (-item[1], item[0]))
    if broken:
        lines.append(f"the reference broke {sum(account.broken.values()):,} times, which is no fault of the adapter:")
        lines += [_shown(f"  {count} x {what}") for what, count in broken[:SHOWN]]
        if len(broken) > SHOWN:
            lines.append(f"  and in {len(broken) - SHOWN} more ways")
    if account.stopped:
        lines.append(f"stopped early: {account.stopped}")
    return lines


def _question(difference: Difference) -> str:
    text = difference.params.decode()
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def _shown(line: str) -> str:
    return visible(line)
