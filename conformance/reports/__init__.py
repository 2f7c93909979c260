"""What people and machines read after a run. Every report is a listener on `conformance.events`.

Importing this package loads no report: name the module that is needed (`conformance.reports.terminal`, `.jsonl`,
`.junit`, `.explain`), and it in turn loads its heavy libraries only when there is something to draw.
"""
