"""Count failed sends, one JSON line each, by code and by what to do about them.

spark-submit spark_count.py 'sends/2026-*.jsonl'
"""

import sys

from pyspark import SparkContext


def count(lines: str) -> None:
    context = SparkContext(appName="failed sends")
    context.addPyFile("connectly_errors.py")
    from connectly_errors import parse

    errors = context.textFile(lines).map(parse)
    counts = errors.map(lambda error: (error.code, error.advice)).countByValue()
    for (code, advice), number in sorted(counts.items()):
        print(f"{number:9} {code} {advice}")


if __name__ == "__main__":
    count(sys.argv[1])
